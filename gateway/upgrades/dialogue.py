"""`mailward upgrade` at a terminal: the incumbent's operations, questions and defaults.

Choose the operation you want to perform:
- DOWNLOADINSTALL - Downloads and installs a release.
…
[]>
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import click

from gateway.config.machine import identify
from gateway.config.mailing import message, send
from gateway.config.saving import Saving
from gateway.config.secrets import Passwords, family
from gateway.config.store import FOLDER, Store
from gateway.service.client import ControlClient
from gateway.upgrades import cli
from gateway.upgrades.parts import Places, trusted
from mailward.errors import MailwardError
from mailward.version import Version
from upgrade.catalogue.catalogue import catalogue
from upgrade.fetch.library import Library
from upgrade.journal import Journal
from upgrade.preflight.machine import running_version
from upgrade.sequence.order import Order
from upgrade.slots.protocol import Offered
from upgrade.status import document

OPERATIONS = (
    ("DOWNLOADINSTALL", "Downloads and installs the upgrade image (needs reboot)."),
    ("DOWNLOAD", "Downloads the upgrade image."),
    ("STATUS", "Shows what runs and why, and what is under way."),
    ("CANCEL", "Cancels the upgrade that is under way."),
    ("DELETE", "Deletes a downloaded image."),
)
PASSWORDS = (
    "1. Mask passwords (Files with masked passwords cannot be loaded using loadconfig command)",
    "2. Encrypt passwords",
)


@dataclass
class Talk:
    """Who is asked. `ask` shows a prompt and answers what was typed."""

    ask: Callable[[str], str]
    say: Callable[[str], None]

    def yes(self, question: str, default: bool) -> bool:
        while True:
            answer = self.ask(f"{question} [{'Y' if default else 'N'}]> ").strip().lower()
            if answer in ("", "y", "yes", "n", "no"):
                return default if not answer else answer[0] == "y"
            self.say("Answer Y or N.")

    def number(self, prompt: str, least: int, most: int, default: int) -> int:
        while True:
            answer = self.ask(f"{prompt}[{default}]> ").strip()
            if not answer:
                return default
            if answer.isascii() and answer.isdigit() and len(answer) < 10 and least <= int(answer) <= most:
                return int(answer)
            self.say(f"Enter a number from {least} to {most}.")


@click.command(hidden=True)
def dialogue() -> None:
    """Ask what to do, and do it."""
    cli.administrator()
    talk = Talk(
        lambda prompt: click.prompt(prompt, prompt_suffix="", default="", show_default=False), click.echo
    )
    talk.say("Choose the operation you want to perform:")
    for name, text in OPERATIONS:
        talk.say(f"- {name} - {text}")
    word = talk.ask("[]> ").strip().upper()
    if not word:
        return
    names = [name for name, _ in OPERATIONS]
    if word not in names:
        talk.say(f"{word} is not one of {', '.join(names)}.")
        return
    _ACTS[word](talk)


def describe(version: Version) -> str:
    """As the incumbent lists it, with how widely it is offered."""
    release = catalogue().releases.get(version)
    name = (
        f"{version.major}.{version.minor}.{version.maintenance} build {version.build:03d} upgrade for Email"
    )
    return f"{name}, is a release available for {release.deployment.words}" if release else name


def choose(talk: Talk, offers: Sequence[Offered]) -> Version | None:
    """One of the list; the last is the default."""
    if not offers:
        talk.say("There are no upgrades available.")
        return None
    talk.say("\nUpgrades available.")
    for number, one in enumerate(offers, 1):
        talk.say(f"{number}. {describe(one.version)}")
    return offers[talk.number("", 1, len(offers), len(offers)) - 1].version


def newer(offers: Sequence[Offered], running: Version) -> list[Offered]:
    """Those that could be upgraded to."""
    return [one for one in offers if one.version > running]


def _offers() -> list[Offered]:
    return newer(Library(trusted()).list(cli.source_of("")), running_version())


def _download(talk: Talk) -> None:
    version = choose(talk, _offers())
    if version is not None:
        Library(trusted()).fetch(cli.source_of(""), version, lambda what, done, total: None)
        talk.say(f"{version} is downloaded and checked.")


def _download_install(talk: Talk) -> None:
    version = choose(talk, _offers())
    if version is None:
        return
    save_and_mail(talk)
    agreed = talk.yes("Do you agree to proceed with Service Logs being enabled by default?", True)  # U16
    talk.say(
        "Performing an upgrade may require a reboot of the system after the upgrade is applied. You may log in again "
        "after this is done."
    )
    if not talk.yes("Do you wish to proceed with the upgrade?", True):
        return
    delay = talk.number(
        "Enter the number of seconds to wait before abruptly closing connections.\n", 0, 3600, 30
    )
    order = Order(
        running_version(),
        version,
        url=cli.source_of(""),
        delay=float(delay),
        service_logs="yes" if agreed else "no",
    )
    cli.start(order, as_json=False)


def save_and_mail(talk: Talk) -> None:
    """The questions about a copy of the administrator's own; the upgrade saves one anyway (U2)."""
    save = talk.yes(
        "Would you like to save the current configuration to the configuration directory before upgrading?",
        True,
    )
    mail = talk.yes("Would you like to email the current configuration before upgrading?", False)
    if not save and not mail:
        return
    talk.say("Choose the password option:")
    for line in PASSWORDS:
        talk.say(line)
    kind = Passwords.MASKED if talk.number("", 1, 2, 1) == 1 else Passwords.ENCRYPTED
    now, machine, config = datetime.now(UTC), identify(), Store().running().config
    saving = Saving(machine, now, kind, family())
    if save:
        path = saving.save(config, FOLDER, machine.file_name(now, version=machine.version))
        talk.say(f"The configuration is saved as {path}.")
    if mail:
        to = talk.ask("Enter the address to send it to.\n[]> ").strip()
        content = message(config, [to], machine.file_name(now), saving.text(config), now)
        try:
            send(ControlClient(), config, [to], content)
        except MailwardError as error:
            talk.say(f"It was not sent: {error.explain()}")


def _status(talk: Talk) -> None:
    found = document(running_version(), Journal(Places().journal).read())
    talk.say(found["why"])
    for one in Library(trusted()).fetched():
        talk.say(f"{one.version} is downloaded.")


def _cancel(talk: Talk) -> None:
    click.get_current_context().invoke(cli.cancel, as_json=False)


def _delete(talk: Talk) -> None:
    fetched = Library(trusted()).fetched()
    if not fetched:
        talk.say("Nothing is downloaded.")
        return
    for number, one in enumerate(fetched, 1):
        talk.say(f"{number}. {describe(one.version)}")
    version = fetched[talk.number("", 1, len(fetched), len(fetched)) - 1].version
    if talk.yes(f"Do you want to delete {version}?", False):
        Library(trusted()).delete(version)
        talk.say(f"{version} is deleted.")


_ACTS: dict[str, Callable[[Talk], None]] = {
    "DOWNLOADINSTALL": _download_install,
    "DOWNLOAD": _download,
    "STATUS": _status,
    "CANCEL": _cancel,
    "DELETE": _delete,
}
