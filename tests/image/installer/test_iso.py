from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.installer import iso, tree

FOLDER = Path("/work")


def test_the_kernel_image_pins_the_medium_and_starts_the_installer() -> None:
    words = iso.ukify(FOLDER, iso.command_line("ab" * 32), "6.12.1-amd64")
    (line,) = [word for word in words if word.startswith("--cmdline=")]
    assert line.endswith(" mailward.medium=" + "ab" * 32)
    unit = next(w for w in line.split() if w.startswith("rd.systemd.unit=")).partition("=")[2]
    assert (tree.DEFINITIONS / "mkosi.extra/usr/lib/systemd/system" / unit).is_file()
    # Ours stands behind the appliance's, whose files it replaces.
    initrds = [word for word in words if word.startswith("--initrd=")]
    assert initrds == ["--initrd=/work/initrd", "--initrd=/work/installer.cpio.zst"]
    assert "console=tty0" in line and "console=ttyS0" in line


def test_a_disk_can_be_named_beforehand() -> None:
    assert iso.command_line("ab" * 32, "WZP-1/2").endswith(" mailward.install.disk=WZP-1/2")
    for serial in ("", "two words", 'a"b', "ü", "a\nb"):
        with pytest.raises(iso.BadSerial):
            iso.command_line("ab" * 32, serial)


@given(st.integers(1 << 20, 1 << 28))
def test_the_file_system_has_room_for_the_kernel_image(size: int) -> None:
    assert iso.fat_bytes(size) % (1 << 20) == 0
    assert size + (3 << 20) < iso.fat_bytes(size) < size + (6 << 20)


def test_the_iso_starts_as_a_cd_and_as_a_stick_and_has_one_time() -> None:
    words = iso.xorriso(Path("/tree"), Path("/esp.img"), Path("/out.iso"), 1767225600)
    joined = " ".join(words)
    assert "-append_partition 2 C12A7328-F81F-11D2-BA4B-00A0C93EC93B /esp.img" in joined
    assert "-appended_part_as_gpt" in words
    assert "-e --interval:appended_partition_2:all:: -no-emul-boot" in joined
    assert "--modification-date=2026010100000000" in words
    assert words[-1] == "/tree"
