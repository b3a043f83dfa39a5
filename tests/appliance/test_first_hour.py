"""A person's first hour: an appliance that nobody configured, a serial line, and somebody who types (issue 5: U2, G1).

One boot for all of it, with nothing but a password for `admin`. The steps build on each other and are one test each.
"""

from __future__ import annotations

import json
import smtplib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from image.password import hashed
from image.qemu import trial
from image.qemu.accel import detect
from image.qemu.machine import FIRMWARE, Machine, Spec
from tests.appliance.conftest import LOGIN_SECONDS
from tests.appliance.person import Person

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900)]
FACTORY, NAME = "mailward.localdomain", "mx1.inside.example"
NEW_PASSPHRASE = "First-Hour-2026"
SECOND_DOMAIN = "branch.example"
COMMIT_SECONDS = 240


@dataclass
class Hour:
    """The machine, who sits at it, and the site's mail server."""

    person: Person
    relay: trial.Sink
    smtp_port: int
    ssh_port: int
    plain: trial.Message = field(default_factory=lambda: trial.messages()[0])

    def command(self, line: str, *wanted: str, host: str = NAME, seconds: float | None = None) -> str:
        """Type it at the prompt; what is shown until the prompt is back."""
        self.person.console.send(line)
        return self.person.sees(*wanted, end=f"{host}>", seconds=seconds)

    def delivered(self, recipient: str) -> None:
        trial.send(self.smtp_port, self.plain, recipient=recipient)
        arrived = self.relay.arrived.get(timeout=trial.DELIVERY_SECONDS)
        assert trial.same_behind_trace(self.plain.content, arrived)


@pytest.fixture(scope="module")
def hour(image: Path, logs: Path, password: str) -> Iterator[Hour]:
    smtp_port, ssh_port = trial.free_port(), trial.free_port()
    with trial.sink() as relay:
        spec = Spec(image, detect(FIRMWARE), forwards={smtp_port: 25, ssh_port: 22})
        spec = replace(spec, credentials={"mailward.admin.password": hashed(password)})
        machine = Machine(spec, logs / "first-hour")
        console = machine.start()
        with machine:
            yield Hour(Person(console), relay, smtp_port, ssh_port)
        machine.disk.unlink()


def test_the_login_shell_is_the_console(hour: Hour, password: str) -> None:
    hour.person.console.expect("login: ", LOGIN_SECONDS)
    hour.person.console.send("admin")
    hour.person.sees(end="Password:")
    hour.person.console.send(password)
    hour.person.sees(end=f"{FACTORY}>")
    hour.command("whoami", "admin", "administrator", host=FACTORY)


def test_systemsetup_asks_for_all_there_is_to_know(hour: Hour) -> None:
    answers = hour.person.answers
    hour.person.console.send("systemsetup")
    answers("Are you sure you wish to continue?", "y")
    answers("Please enter the fully qualified hostname of this system", NAME)
    answers("Which Ethernet port is to be used?")
    answers("Shall it ask DHCP for its IPv4 address", "y")
    answers("IP addresses of your DNS servers", "10.0.2.3")
    answers("NTP servers")
    answers("Please enter the time zone", "Europe/Berlin")
    answers("Do you want to set the passphrase of `admin`?", "y")
    # A slip, as people make them, is complained about and asked again.
    answers("Enter the new passphrase.", "short")
    shown = answers("Enter the new passphrase.", NEW_PASSPHRASE)
    assert "The passphrase must have 8 characters or more" in shown
    answers("Please enter it again.", NEW_PASSPHRASE)
    answers("Please create a name for the listener that takes mail", "InboundMail")
    answers("Enter the domains you want to accept mail for", trial.DOMAIN)
    answers(
        "Where is mail for these domains to be delivered?", f"{trial.HOST_SEEN_BY_GUEST}:{hour.relay.port}"
    )
    answers("Please specify the systems allowed to relay mail to anywhere")
    answers("Please enter the email address(es) to send alerts to:", f"postmaster@{trial.DOMAIN}")
    shown = answers("Would you like to commit these changes at this time?", "y")
    assert f"hostname: {FACTORY} -> {NAME}" in shown
    assert f"{hour.relay.port}" in shown and f"postmaster@{trial.DOMAIN}" in shown
    assert NEW_PASSPHRASE not in shown
    shown = hour.person.sees("Changes committed:", end=f"{NAME}>", seconds=COMMIT_SECONDS)
    assert "taken back" not in shown, "who sits at the machine is not cut off by the network"


def test_mail_flows_after_the_wizard(hour: Hour) -> None:
    assert NAME in trial.wait_for_banner(hour.smtp_port, COMMIT_SECONDS)
    hour.delivered(trial.RECIPIENT)
    with smtplib.SMTP("127.0.0.1", hour.smtp_port, timeout=60) as client:
        client.ehlo("client.example")
        client.mail("a@sender.example")
        assert client.rcpt(f"bob@{SECOND_DOMAIN}")[0] == 550


def test_a_domain_more(hour: Hour) -> None:
    """`listenerconfig`, `smtproutes`, `commit`: typed as in any guide to the incumbent."""
    answers = hour.person.answers
    hour.person.console.send("listenerconfig")
    answers("- EDIT - Modify a listener.", "edit")
    answers("Enter the number or name of the listener you wish to edit.", "1")
    answers("- RCPTACCESS - Modify the Recipient Access Table (RAT).", "rcptaccess")
    shown = answers("- NEW - Create a new entry.", "new")
    assert trial.DOMAIN in shown
    answers("Enter the recipients, separated by commas", SECOND_DOMAIN)
    answers("Select an action to apply to them:")
    answers("Shall limits per hour not hold for these recipients?")
    shown = answers("Added 1 recipient.")
    assert SECOND_DOMAIN in shown
    answers("- RCPTACCESS -")
    answers("- EDIT - Modify a listener.")
    hour.person.sees(end=f"{NAME}>")

    hour.person.console.send("smtproutes")
    answers("- NEW - Add a new SMTP route.", "new")
    answers("Enter the domain for which you want to set up a permanent route.", SECOND_DOMAIN)
    answers("Enter the destination hosts", f"{trial.HOST_SEEN_BY_GUEST}:{hour.relay.port}")
    answers(f"Added SMTP route {SECOND_DOMAIN}.")
    hour.person.sees(end=f"{NAME}>")

    hour.person.console.send("commit")
    answers("Please enter some comments describing your changes:", "the branch office")
    hour.person.sees("Changes committed:", end=f"{NAME}>", seconds=COMMIT_SECONDS)
    hour.delivered(f"carol@{SECOND_DOMAIN}")
    hour.delivered(trial.RECIPIENT)


def test_it_is_seen_on_the_console(hour: Hour) -> None:
    shown = hour.command("status", "System status:")
    assert "Online" in shown
    hour.person.console.send("tail mail_logs lines=60")
    # Nothing but Ctrl-C ends it, which comes after what is waited for.
    hour.person.console.expect(rf"carol@{SECOND_DOMAIN}[\s\S]*{trial.RECIPIENT}", hour.person.seconds)
    hour.person.console.press("\x03")
    hour.person.sees(end=f"{NAME}>")
    shown = hour.command("version", "Version: 14.2.3", "Up for:")
    assert "Serial #: " in shown
    hour.person.console.send("showconfig")
    hour.person.answers("Do you want to mask the password?")
    shown = hour.person.sees("</config>", end=f"{NAME}>")
    assert f"<hostname>{NAME}</hostname>" in shown and SECOND_DOMAIN in shown
    assert "<password_hash>" in shown and "$y$" not in shown


def test_a_command_over_ssh_with_the_new_passphrase(hour: Hour, tmp_path: Path) -> None:
    answer = tmp_path / "askpass"
    answer.write_text(f"#!/bin/sh\necho '{NEW_PASSPHRASE}'\n")
    answer.chmod(0o700)
    options = (
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        "ConnectTimeout=90",
        "NumberOfPasswordPrompts=1",
        "PubkeyAuthentication=no",
        "LogLevel=ERROR",
    )
    said = subprocess.run(
        ["ssh", *(word for option in options for word in ("-o", option)), "-p", str(hour.ssh_port)]
        + ["admin@127.0.0.1", "status --json"],
        env={"PATH": "/usr/bin:/bin", "SSH_ASKPASS": str(answer), "SSH_ASKPASS_REQUIRE": "force"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["hostname"] == NAME
