from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from hwmgmt.models.catalogue import catalogue
from hwmgmt.models.detect import Detected
from image.build import PROJECT
from image.installer.live.answers import Answers
from image.installer.live.consoles import Consoles
from image.installer.live.disks import Area, Disk
from image.installer.live.errors import BadDisk, Installed, NoBootEntry, NoDisk, NotOne
from image.installer.live.flow import Installation, Report
from image.installer.live.main import sorry
from image.installer.live.medium import Medium
from tests.image.installer.live.test_disks import DISK
from tests.image.installer.live.test_machine import GUEST
from tests.image.installer.test_manifest import GOOD

GIB = 1 << 30
SMALL = replace(DISK, name="sdb", path="/dev/sdb", size=4 * GIB, serial="S2")
USED = replace(DISK, areas=(Area("sda1", GIB, "ext4", "mailward-var"),))


@dataclass
class Script(Consoles):
    """Consoles with somebody at them who has these answers ready."""

    replies: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def say(self, text: str = "") -> None:
        self.said.append(text)

    def ask(self, question: str, *, seconds: float | None = None) -> str | None:
        self.said.append(question)
        return self.replies.pop(0) if self.replies else None

    @property
    def text(self) -> str:
        return "\n".join(self.said)


@dataclass
class Fake:
    """A machine with these disks."""

    there: Sequence[Disk]
    held: bool = False
    stubborn: bool = False
    firsts: int = 0
    written: list[Disk] = field(default_factory=list)

    def detected(self) -> Detected:
        return GUEST

    def disks(self) -> Sequence[Disk]:
        return self.there

    def holds(self, disk: Disk, medium: Medium) -> bool:
        return self.held

    def write(self, disk: Disk, medium: Medium, progress: Callable[[str, int, int], None]) -> None:
        self.written.append(disk)

    def put_first(self, disk: Disk, medium: Medium) -> None:
        self.firsts += 1
        if self.stubborn:
            raise NoBootEntry(reason="No space left on device")


def run(machine: Fake, *replies: str, told: Answers | None = None) -> tuple[Disk | None, str]:
    screen = Script([], replies=list(replies))
    medium = Medium("/dev/sr0", Path("/nowhere"), GOOD)
    return Installation(screen, machine, medium, told or Answers(), catalogue()).run(), screen.text


def test_a_disk_is_chosen_and_confirmed_in_words() -> None:
    machine = Fake([SMALL, DISK])
    disk, text = run(machine, "1", "erase sda")
    assert (disk, machine.written) == (DISK, [DISK])
    assert "    1  sda      200 GiB  sas  VIRTUAL  serial S1" in text
    assert (
        "    -  sdb      4 GiB" in text and "too small: it has 4 GiB, and C100V needs at least 24 GiB" in text
    )
    assert "every byte was read back" in text


@pytest.mark.parametrize("reply", ["", "y", "yes", "erase", "erase sdb", "ERASE SDA", "erase sda now"])
def test_nothing_but_the_whole_phrase_erases(reply: str) -> None:
    machine = Fake([DISK])
    disk, text = run(machine, "1", reply, "q")
    assert (disk, machine.written) == (None, [])
    assert "That was something else. Nothing was changed." in text


def test_what_will_be_lost_is_shown_before_the_question() -> None:
    _, text = run(Fake([USED]), "1", "q", "q")
    assert (
        text.index("This will be erased")
        < text.index("ext4        mailward-var")
        < text.index("type exactly")
    )
    assert "Its mail and configuration go" in text


@pytest.mark.parametrize("reply", ["0", "2", "-1", "sda", "１"])
def test_a_number_that_is_not_in_the_list_is_asked_again(reply: str) -> None:
    machine = Fake([DISK])
    disk, text = run(machine, reply, "1", "erase sda")
    assert disk == DISK and "There is no disk" in text


def test_whoever_is_asked_may_leave() -> None:
    machine = Fake([DISK])
    assert run(machine, "q")[0] is None
    assert run(machine)[0] is None, "nobody is there"
    assert machine.written == []


def test_without_a_disk_that_fits_the_sizes_are_said() -> None:
    with pytest.raises(NoDisk) as refused:
        run(Fake([SMALL]), "1", "erase sdb")
    assert "Attach one of at least 24 GiB" in sorry(refused.value)
    assert "Nothing was changed" in sorry(refused.value)


def test_unattended_only_the_named_disk_is_erased() -> None:
    machine = Fake([SMALL, DISK])
    disk, text = run(machine, told=Answers("S1"))
    assert (disk, machine.written) == (DISK, [DISK])
    assert "[]>" not in text and "type" not in text


@pytest.mark.parametrize(
    ("there", "serial", "error", "words"),
    [
        ([DISK], "S9", NotOne, "no disks have the serial number 'S9'"),
        ([DISK, replace(DISK, name="sdb")], "S1", NotOne, "2 disks have"),
        ([SMALL], "S2", BadDisk, "it has 4 GiB, and C100V needs at least 24 GiB"),
        ([replace(DISK, path="/dev/sr0")], "S1", BadDisk, "the medium that this was started from"),
        ([USED], "S1", Installed, "has an installation of Mailward"),
    ],
)
def test_unattended_nothing_is_guessed(
    there: list[Disk], serial: str, error: type[Exception], words: str
) -> None:
    machine = Fake(there)
    with pytest.raises(error, match=words):
        run(machine, told=Answers(serial))
    assert machine.written == []


def test_an_installation_is_replaced_only_if_that_was_said() -> None:
    machine = Fake([USED])
    assert run(machine, told=Answers("S1", replace=True))[0] == USED
    assert machine.written == [USED]


def test_a_medium_that_was_left_in_does_not_install_again() -> None:
    machine = Fake([DISK], held=True)
    disk, text = run(machine, told=Answers("S1"))
    assert (disk, machine.written) == (DISK, [])
    assert "is on sda already" in text


def test_a_firmware_that_takes_no_entry_is_no_failure() -> None:
    machine = Fake([DISK], stubborn=True)
    disk, text = run(machine, told=Answers("S1"))
    assert (disk, machine.firsts) == (DISK, 1)
    assert "choose the disk in the firmware's boot menu" in text


def test_progress_is_a_few_lines() -> None:
    screen = Script([])
    report = Report(screen)
    for done in range(1, 101):
        report("Writing it", done, 100)
    assert screen.said == [f"    Writing it: {share} %".replace(" %", "%") for share in (20, 40, 60, 80, 100)]


def test_what_is_said_can_be_shown_by_a_screen_in_text_mode() -> None:
    """The kernel's console font has no ellipsis, dash or quotation marks of print."""
    for file in (PROJECT / "image/installer/live").glob("*.py"):
        assert file.read_text().isascii(), file.name
    _, text = run(Fake([SMALL, USED]), "1", "erase sda")
    assert text.isascii()
