from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.installer import payload
from image.installer.gpt import Partition
from image.installer.live import firmware
from image.installer.live.errors import NoBootEntry

ESP = Partition(1, payload.ESP, "75e981c0-96be-4e2e-8870-f9bccf25eb0f", "esp", 0, 1 << 20, 512 << 20)
OTHER = struct.pack("<IH", 1, 4) + "PXE\0".encode("utf-16-le") + b"\x7f\xff\4\0"


def test_an_option_is_as_efibootmgr_makes_it() -> None:
    """Field by field what `efibootmgr --create --disk … --part 1 --label Mailward` writes for this partition."""
    option = firmware.load_option(ESP)
    attributes, length = struct.unpack_from("<IH", option)
    name = "Mailward\0".encode("utf-16-le")
    path = option[6 + len(name) :]
    assert (attributes, option[6 : 6 + len(name)], length) == (1, name, len(path))
    assert path[:42].hex() == (
        "04012a00" "01000000" "0008000000000000" "0000100000000000" "c081e975be962e4e8870f9bccf25eb0f" "0202"
    )  # fmt: skip
    assert path[42:46] == bytes([4, 4, 48, 0])
    assert path[46:-4].decode("utf-16-le") == "\\EFI\\BOOT\\BOOTX64.EFI\0"
    assert path[-4:] == b"\x7f\xff\4\0"
    assert firmware.description(option) == "Mailward"


def test_the_entry_comes_first_and_the_others_stay() -> None:
    before = {"Boot0000": OTHER, "Boot0001": OTHER, "BootOrder": b"\1\0\0\0", "BootCurrent": b"\0\0"}
    assert firmware.changes(before, b"new") == {"Boot0002": b"new", "BootOrder": b"\2\0\1\0\0\0"}


def test_installing_again_makes_no_second_entry() -> None:
    before = {"Boot0000": OTHER, "Boot0007": firmware.load_option(ESP), "BootOrder": b"\0\0\7\0"}
    assert firmware.changes(before, b"new") == {"Boot0007": b"new", "BootOrder": b"\7\0\0\0"}


@given(
    st.dictionaries(
        st.sampled_from(["Boot0000", "Boot00FF", "BootOrder", "BootNext"]), st.binary(max_size=40)
    )
)
def test_whatever_the_firmware_has_the_entry_is_first(before: dict[str, bytes]) -> None:
    after = firmware.changes(before, b"new")
    (name,) = set(after) - {"BootOrder"}
    assert struct.unpack_from("<H", after["BootOrder"])[0] == int(name[4:], 16)
    assert firmware.description(before.get(name, b"")) in ("", "Mailward")


def test_variables_are_written_whole(tmp_path: Path) -> None:
    folder = tmp_path / firmware.VARIABLES
    folder.mkdir(parents=True)
    (folder / f"BootOrder-{firmware.GLOBAL}").write_bytes(b"\7\0\0\0\0\0")
    (folder / f"Boot0000-{firmware.GLOBAL}").write_bytes(b"\7\0\0\0" + OTHER)
    firmware.put_first(ESP, tmp_path)
    assert (folder / f"BootOrder-{firmware.GLOBAL}").read_bytes() == b"\7\0\0\0\1\0\0\0"
    assert (folder / f"Boot0001-{firmware.GLOBAL}").read_bytes()[4:] == firmware.load_option(ESP)


def test_a_firmware_without_variables_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoBootEntry, match="No such file"):
        firmware.put_first(ESP, tmp_path)
