"""From one release to the next on the real image: mail through it, a bad release, power cuts, and back (U1–U4, U11).

The images and releases are built first (`tests.appliance.releases`). The matrix of power cuts is `make test-upgrade`.
"""

from __future__ import annotations

import json
import smtplib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from image.password import hashed
from image.qemu import trial
from image.qemu.accel import detect
from image.qemu.console import Console
from image.qemu.machine import FIRMWARE, Machine, Spec
from tests.appliance.conftest import LOGIN_SECONDS
from tests.appliance.releases import NEW, OLD, Published, offered, publish_unfit

pytestmark = [pytest.mark.boot, pytest.mark.long, pytest.mark.timeout(1800)]

WHOLE_SECONDS = 360  # issue 6: a whole upgrade under TCG
BACK_SECONDS = 240  # issue 6: from the reboot into a bad release to serving mail on the old one
CUTS = (
    "preflight", "fetch", "write", "snapshot", "suspend", "drain", "migrate", "install", "reboot", "arrive", "bless",
)  # fmt: skip


class Gateway:
    """The appliance on its disk, through however many times it is switched on."""

    def __init__(self, image: Path, folder: Path, password: str, relay: trial.Sink) -> None:
        self.image, self.folder, self.password, self.relay = image, folder, password, relay
        self.smtp = trial.free_port()
        self.sent: list[str] = []
        self.machine: Machine
        self.console: Console

    def on(self, *, fresh: bool = False) -> None:
        credentials = {
            "mailward.configuration": trial.configuration(self.relay.port),
            "mailward.admin.password": hashed(self.password),
        }
        # No rack server: a virtual appliance has no fibre ports that somebody would have to vouch for (U6).
        spec = Spec(self.image, detect(FIRMWARE), credentials=credentials, forwards={self.smtp: 25})
        self.machine = Machine(spec, self.folder, fresh=fresh)
        self.console = self.machine.start()
        self.login()

    def login(self) -> None:
        self.console.login("admin", self.password, deadline=LOGIN_SECONDS)

    def ask(self, words: str) -> Any:
        return json.loads(self.console.run(f"mailward {words} --json", deadline=120).output)

    def status(self) -> Any:
        return self.ask("upgrade status")

    def send(self, subject: str) -> bool:
        """True if it was accepted; then it has to arrive exactly once."""
        try:
            with smtplib.SMTP("127.0.0.1", self.smtp, timeout=30) as client:
                body = f"Subject: {subject}\r\n\r\nx\r\n".encode()
                client.sendmail("a@sender.example", [f"x@{trial.DOMAIN}"], body)
        except (OSError, smtplib.SMTPException):
            return False
        self.sent.append(subject)
        return True

    def begin(self, url: str, target: str) -> None:
        """In the background of the guest; its own words go to a file there."""
        self.console.run(
            f"nohup mailward upgrade run --to {target} --source {url} --delay 0 --stability 30 "
            ">/var/log/upgrade.out 2>&1 &"
        )

    def wait_for(self, step: str, seconds: float) -> None:
        self.console.run(
            f'timeout {seconds:.0f} sh -c \'until grep -q "detail.:.{step}\\"" /var/lib/mailward/upgrade/journal; '
            "do sleep 0.2; done'",
            deadline=seconds + 30,
        )

    def settled(self, seconds: float) -> Any:
        end = time.monotonic() + seconds
        while (found := self.status())["under_way"] is not None:
            assert time.monotonic() < end, found
            time.sleep(3)
        return found

    def all_arrived_once(self) -> None:
        self.relay.away = False
        self.console.run("mailward delivernow --all --yes", check=False)
        arrived = []
        for _ in self.sent:
            arrived.append(self.relay.arrived.get(timeout=trial.DELIVERY_SECONDS))
        time.sleep(5)
        assert self.relay.arrived.empty(), "a message was delivered twice"
        found = sorted(
            line.removeprefix("Subject: ")
            for content in arrived
            for line in content.decode().split("\r\n")
            if line.startswith("Subject: ")
        )
        assert found == sorted(self.sent)


@pytest.fixture
def gateway(
    request: pytest.FixtureRequest, published: Published, logs: Path, password: str
) -> Iterator[Gateway]:
    with trial.sink() as relay:
        made = Gateway(published.old, logs / request.node.name, password, relay)
        made.on(fresh=True)
        yield made
        made.machine.kill()
        made.machine.disk.unlink()


@pytest.fixture
def releases(published: Published) -> Iterator[str]:
    with offered(published.releases) as url:
        yield url


@pytest.fixture
def unfit_releases(published: Published) -> Iterator[str]:
    with offered(publish_unfit(published.images).releases) as url:
        yield url


def test_to_the_next_release_with_mail_queued_and_arriving(gateway: Gateway, releases: str) -> None:
    gateway.relay.away = True
    for number in range(5):
        assert gateway.send(f"queued-{number}")
    began = time.monotonic()
    gateway.begin(releases, NEW)
    number = 0
    while time.monotonic() - began < WHOLE_SECONDS * 2:
        number += 1
        gateway.send(f"during-{number}")
        if b"login: " in gateway.machine.log.read_bytes()[-200:]:
            break
        time.sleep(2)
    gateway.login()
    found = gateway.settled(180)
    took = time.monotonic() - began
    print(f"whole upgrade {took:.0f} s, listeners took no mail for {found['down_time']:.0f} s")
    assert found["running"] == NEW and found["attempts"][0]["outcome"] == "committed"
    assert gateway.send("after")
    gateway.all_arrived_once()
    assert gateway.console.run("ls /configuration/upgrade").output.count(OLD) == 1
    assert took < WHOLE_SECONDS


def test_a_bad_release_comes_back_by_itself(gateway: Gateway, unfit_releases: str) -> None:
    gateway.relay.away = True
    assert all(gateway.send(f"queued-{number}") for number in range(5))
    gateway.begin(unfit_releases, NEW)
    gateway.wait_for("reboot", 300)
    began = time.monotonic()
    gateway.login()  # on the bad one
    gateway.login()
    trial.wait_for_banner(gateway.smtp, BACK_SECONDS)
    took = time.monotonic() - began
    print(f"bad release: {took:.0f} s from the reboot to serving mail on the old one")
    found = gateway.settled(60)
    assert found["running"] == OLD and "mailward-unfit.service" in found["why"]
    gateway.all_arrived_once()
    assert took < BACK_SECONDS


@pytest.mark.parametrize("step", CUTS)
def test_a_power_cut(gateway: Gateway, releases: str, step: str) -> None:
    gateway.relay.away = True
    assert all(gateway.send(f"queued-{number}") for number in range(3))
    gateway.begin(releases, NEW)
    if step in ("arrive", "bless"):
        gateway.wait_for("reboot", 300)
        gateway.login()
    gateway.wait_for(step, 300)
    gateway.machine.kill()
    gateway.on()
    found = gateway.settled(600)
    assert found["running"] == NEW, found["why"]
    trial.wait_for_banner(gateway.smtp, 60)
    gateway.all_arrived_once()


def test_back_to_the_other_slot(gateway: Gateway, releases: str) -> None:
    gateway.begin(releases, NEW)
    gateway.login()
    assert gateway.settled(300)["running"] == NEW
    gateway.relay.away = True
    assert gateway.send("kept")
    gateway.console.run("nohup mailward upgrade revert >/var/log/revert.out 2>&1 &")
    gateway.login()
    found = gateway.settled(300)
    assert found["running"] == OLD and "gone back to" in found["why"]
    gateway.all_arrived_once()
