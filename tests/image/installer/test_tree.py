import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

from image.build import PROJECT
from image.installer import tree

UNITS = tree.DEFINITIONS / "mkosi.extra/usr/lib/systemd/system"


@pytest.mark.process
def test_the_code_on_the_medium_needs_nothing_but_python(tmp_path: Path) -> None:
    """The initrd has no packages: what is not in `tree.CODE` would be missing only there."""
    tree.stage_code(PROJECT, tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from image.installer.live import main\n"
        "from hwmgmt.models.catalogue import catalogue\n"
        "print(len(list(catalogue())))\n"
    )
    words = [sys.executable, "-I", "-S", "-c", program, str(tmp_path / tree.WHERE)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == 21


def test_a_change_in_the_code_makes_another_archive(tmp_path: Path) -> None:
    assert tree.place(tmp_path, PROJECT, ["a"]) == tree.place(tmp_path, PROJECT, ["a"])
    assert tree.place(tmp_path, PROJECT, ["a"]) != tree.place(tmp_path, PROJECT, ["b"])
    assert Path("image/installer/live/main.py") in set(tree.code(PROJECT))
    assert Path("hwmgmt/models/data/C100V.toml") in set(tree.code(PROJECT))


def test_units_start_what_is_there() -> None:
    for unit in UNITS.glob("*.service"):
        if unit.is_symlink():
            continue
        for program in re.findall(r"^ExecStart=(\S+)$", unit.read_text(), re.MULTILINE):
            file = tree.DEFINITIONS / "mkosi.extra" / program.removeprefix("/")
            assert file.stat().st_mode & 0o100, program
    target = configparser.ConfigParser()
    target.read(UNITS / "mailward-installer.target")
    assert "mailward-installer.service" in target["Unit"]["Requires"].split()


def test_what_changes_disks_by_itself_is_masked() -> None:
    """The appliance's initrd is below: nothing of it may touch a disk here."""
    masked = {
        unit.name for unit in UNITS.iterdir() if unit.is_symlink() and unit.readlink() == Path("/dev/null")
    }
    assert {"systemd-repart.service", "mailward-disk-size.service"} <= masked


def test_the_installer_and_the_image_are_one_debian() -> None:
    def distribution(path: Path) -> dict[str, str]:
        parser = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
        parser.read_string(path.read_text().split("[Output]")[0])
        return dict(parser["Distribution"])

    assert distribution(tree.DEFINITIONS / "mkosi.conf") == distribution(
        PROJECT / "image/definitions/mkosi.conf"
    )
