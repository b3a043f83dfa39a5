"""The image's definitions say what the code counts with."""

from __future__ import annotations

import configparser
from pathlib import Path

from upgrade.slots import gpt, machine, survey, tools

TREE = Path(__file__).parents[3] / "image/definitions/mkosi.extra"
FILES = sorted((TREE / str(tools.DEFINITIONS).lstrip("/")).glob("*/*.transfer"))


def read(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read(path)
    return parser


def test_each_reads_the_checked_files_only_and_keeps_what_runs() -> None:
    assert [f"{path.parent.name}/{path.name}" for path in FILES] == [
        "boot/10-uki.transfer",
        "root/10-verity.transfer",
        "root/20-root.transfer",
    ]
    for path in FILES:
        definition = read(path)
        assert definition["Source"]["Path"] == str(tools.VERIFIED)
        assert definition["Transfer"]["ProtectVersion"] == "%A"
        assert definition["Target"]["InstancesMax"] == "2"


def test_partitions_get_the_halves_of_the_root_hash_for_their_uuids() -> None:
    """verity finds them by these: without ``@u`` the new slot stops in the initrd."""
    for path in FILES[1:]:
        definition = read(path)
        assert "_@u." in definition["Source"]["MatchPattern"]
        assert definition["Target"]["MatchPattern"] == "mailward_@v"
    assert read(FILES[1])["Target"]["MatchPartitionType"] == "root-verity"


def test_a_new_kernel_image_has_as_many_tries_as_the_code_gives() -> None:
    target = read(FILES[0])["Target"]
    assert int(target["TriesLeft"]) == machine.TRIES
    name = target["MatchPattern"].split()[0].replace("@v", "14.2.3-031").replace("@l", "2").replace("@d", "0")
    parsed = survey.parse_name(name)
    assert parsed is not None
    assert parsed[1:] == (2, 0)


def test_nothing_is_where_systemd_sysupdate_looks_by_itself() -> None:
    assert not list(TREE.glob("usr/lib/sysupdate*"))
    assert gpt.ROOT != gpt.ROOT_VERITY
