"""The questions and their defaults, as the incumbent has them (gateway facts 1.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from gateway.config.store import Store
from gateway.upgrades import cli, dialogue
from gateway.upgrades.dialogue import Talk, choose, newer
from mailward.version import Version
from upgrade.sequence.order import Order
from upgrade.slots.protocol import Offered

OLD, MIDDLE, NEW = (Version.parse(f"14.2.3-0{build}") for build in ("27", "29", "31"))
OFFERS = [Offered(version, 100) for version in (OLD, MIDDLE, NEW)]


class Script(Talk):
    """Types these answers, and keeps what was shown."""

    def __init__(self, *answers: str) -> None:
        self.left = list(answers)
        self.shown: list[str] = []
        super().__init__(self._answer, self.shown.append)

    def _answer(self, prompt: str) -> str:
        self.shown.append(prompt)
        return self.left.pop(0)


def test_the_last_of_the_list_is_the_default() -> None:
    talk = Script("")
    assert choose(talk, OFFERS) == NEW
    assert talk.shown[-1] == "[3]> "
    assert (
        "3. 14.2.3 build 031 upgrade for Email, is a release available for Maintenance Deployment"
        in talk.shown
    )
    assert choose(Script("9", "x", "1"), OFFERS) == OLD


def test_nothing_to_choose_from() -> None:
    talk = Script()
    assert choose(talk, newer(OFFERS, NEW)) is None
    assert talk.shown == ["There are no upgrades available."]
    assert [one.version for one in newer(OFFERS, OLD)] == [MIDDLE, NEW]


@pytest.mark.parametrize(
    ("typed", "default", "said"), [("", True, True), ("n", True, False), ("YES", False, True)]
)
def test_yes_and_no(typed: str, default: bool, said: bool) -> None:
    talk = Script("perhaps", typed)
    assert talk.yes("Sure?", default) is said
    assert talk.shown[0] == f"Sure? [{'Y' if default else 'N'}]> " and "Answer Y or N." in talk.shown


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """A machine with a configuration, a source that offers, and no upgrade that really begins."""
    (tmp_path / "config.xml").write_text("<config><hostname>mx.example.com</hostname></config>")
    started: list[Order] = []

    def start(order: Order, *, as_json: bool) -> int:
        started.append(order)
        return 0

    class Shelf:
        def __init__(self, verifier: object) -> None: ...

        def list(self, source: str) -> Iterable[Offered]:
            return OFFERS

    monkeypatch.setattr(dialogue, "Store", lambda: Store(tmp_path))
    monkeypatch.setattr(dialogue, "FOLDER", tmp_path)
    monkeypatch.setattr(dialogue, "Library", Shelf)
    monkeypatch.setattr(dialogue, "running_version", lambda: OLD)
    monkeypatch.setattr(cli, "source_of", lambda given: "/releases")
    monkeypatch.setattr(cli, "start", start)
    return started


def act(name: str) -> Callable[[Talk], None]:
    return dialogue._ACTS[name]


def test_download_and_install_with_every_default(here: list[Order], tmp_path: Path) -> None:
    talk = Script(*[""] * 7)
    act("DOWNLOADINSTALL")(talk)
    assert here == [Order(OLD, NEW, url="/releases", delay=30.0, service_logs="yes")]
    text = "\n".join(talk.shown)
    for question in (
        "Would you like to save the current configuration to the configuration directory before upgrading? [Y]> ",
        "Would you like to email the current configuration before upgrading? [N]> ",
        "1. Mask passwords (Files with masked passwords cannot be loaded using loadconfig command)",
        "Do you agree to proceed with Service Logs being enabled by default? [Y]> ",
        "Do you wish to proceed with the upgrade? [Y]> ",
        "[30]> ",
    ):
        assert question in text
    (saved,) = tmp_path.glob("*-*.xml")
    assert b"mx.example.com" in saved.read_bytes()


def test_who_does_not_proceed_begins_nothing(here: list[Order]) -> None:
    act("DOWNLOADINSTALL")(Script("2", "n", "n", "n", "n"))
    assert here == []
