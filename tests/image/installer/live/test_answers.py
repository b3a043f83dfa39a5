from pathlib import Path

import pytest

from image.installer.live import answers
from image.installer.live.answers import Answers, End
from image.installer.live.errors import BadAnswer


def told(folder: Path, line: str = "quiet", **credentials: str) -> Answers:
    (folder / "proc").mkdir()
    (folder / "proc/cmdline").write_text(line + "\n")
    store = folder / answers.CREDENTIALS
    store.mkdir(parents=True)
    for name, value in credentials.items():
        (store / f"mailward.install.{name}").write_text(value)
    return answers.read(folder)


def test_nothing_said_means_asking(tmp_path: Path) -> None:
    assert told(tmp_path) == Answers(None, End.POWEROFF, False, "")


def test_the_command_line_is_read(tmp_path: Path) -> None:
    line = "mailward.medium=ab mailward.install.disk=S=1 mailward.install.end=reboot mailward.install.replace=yes"
    assert told(tmp_path, line) == Answers("S=1", End.REBOOT, True, "ab")


def test_a_credential_counts_more(tmp_path: Path) -> None:
    assert (
        told(tmp_path, "mailward.install.disk=S1", disk="Serial with blanks\n").serial == "Serial with blanks"
    )


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("mailward.install.end=halt", "poweroff or reboot"),
        ("mailward.install.replace=1", "yes or no"),
        ("mailward.install.disk=", "the serial number of a disk"),
        ("mailward.install.dsk=S1", "mailward.install.disk, "),
    ],
)
def test_who_mistypes_is_told_what_there_is(line: str, known: str, tmp_path: Path) -> None:
    with pytest.raises(BadAnswer) as refused:
        told(tmp_path, line)
    assert known in refused.value.hint()
