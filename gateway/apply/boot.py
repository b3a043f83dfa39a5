"""The start of the appliance, before network, logins and mail: one process for all that has to be known by then."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from gateway.apply.applier import apply_at_boot, settled_machine
from gateway.apply.confirm import Confirmation
from gateway.apply.machine import model_ports, read_cards
from gateway.apply.programs import Programs
from gateway.apply.writer import Writer
from gateway.config import xml
from gateway.config.applier import Applier, AppliesNothing
from gateway.config.errors import ConfigBroken, ConfigUnreadable
from gateway.config.model import Config
from gateway.config.store import Store
from gateway.firstboot.first import FACTORY, first_configuration, write_first
from gateway.firstboot.netplan import Cards
from gateway.firstboot.seed import Seed
from mailward.errors import MailwardError

_log = logging.getLogger(__name__)
Say = Callable[[str], None]
WHO = "unconfirmed"  # in the history, of what was taken back


def boot(root: Path, store: Store, confirmation: Confirmation, programs: Programs, say: Say) -> None:
    """Make a first configuration if there is none, end what a power cut left, and write what services will read.

    `say` is for people at the screen. Raises OSError, and MailwardError if even the release's configuration is no use.
    """
    if not store.path.exists():
        _first(root, store.folder, say)
    config = _running(root, store, confirmation, say)
    try:
        problems = _apply(config, root, programs)
    except MailwardError as error:
        say(f"{error.explain()}. Until that is put right, network and users are those of the release.")
        problems = _apply(xml.load(root / FACTORY), root, programs)
    for problem in problems:
        say(f"not applied: {problem}")


def _apply(config: Config, root: Path, programs: Programs) -> tuple[str, ...]:
    return apply_at_boot(config, Writer(root), programs, settled_machine(config, root, programs))


def _first(root: Path, folder: Path, say: Say) -> None:
    def find() -> Seed | None:
        from gateway.firstboot.sources import Surroundings, find_seed
        from gateway.firstboot.volumes import RealVolumes

        return find_seed(Surroundings(root, RealVolumes(root), lambda: _cards(root)))

    first, seed = first_configuration(root / FACTORY, find)
    write_first(folder, first, seed)
    for note in first.notes:
        say(note)
    say(f"first configuration: from the {first.source}")


def _cards(root: Path) -> Cards:
    found = read_cards(root)
    addresses = {
        card: (root / "sys/class/net" / card / "address").read_text().strip().lower() for card in found
    }
    return Cards(dict(zip(found, model_ports(), strict=False)), addresses)


def _running(root: Path, store: Store, confirmation: Confirmation, say: Say) -> Config:
    """What runs from now on. With one that cannot be read, the release's own lets people in to put it right."""
    try:
        recovered = store.recover()
        _log.info("interrupted commit: %s", recovered)
        if confirmation.pending():
            say(revert(store, confirmation, AppliesNothing()))
        return store.running().config
    except (ConfigBroken, ConfigUnreadable) as error:
        say(f"{error.explain()}. Until that is put right, network and users are those of the release.")
    except MailwardError as error:
        say(f"{error.explain()}. {error.hint()}.")
        try:
            return xml.load(store.path)
        except MailwardError as worse:
            say(worse.explain())
    return xml.load(root / FACTORY)


def revert(store: Store, confirmation: Confirmation, applier: Applier) -> str:
    """Take back the commit that nobody confirmed; a sentence of what was done. Raises as Store.commit does."""
    waiting = confirmation.pending()
    if waiting is None:
        return "there is no commit that waits for confirmation"
    running = store.running()
    if running.number > waiting.number:
        store.rollback(waiting.number, WHO)
        store.commit(WHO, f"nobody confirmed the commit of {waiting.user}", applier)
        told = f"nobody confirmed the commit of {waiting.user}: it was taken back, revision {waiting.number} runs"
    else:
        told = f"the commit of {waiting.user} never came about: nothing to take back"
    confirmation.disarm()
    return told
