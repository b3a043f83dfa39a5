"""Kernel image, EFI partition and ISO 9660 of the medium: words for the programs of the tools tree.

The ISO is a hybrid: a CD starts from its El Torito entry, a USB stick from the EFI partition in its GPT, and both are
the same bytes. There is nothing for BIOS, which no supported machine needs.
"""

from __future__ import annotations

import datetime
from pathlib import Path

from hwmgmt.size import MIB
from image.installer.manifest import PINNED
from mailward.errors import BadInput

VOLUME = "MAILWARD"
SECTOR = 512
STUB = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
EFI_PARTITION = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
BOOT_FILE = "BOOTX64.EFI"
FAT_SLACK = 4 << 20  # tables, directories, and clusters that are not full
FAT_ID = "4d415749"

# Both consoles, and what the kernel and systemd say only if it matters: the rest is the installer's to say. The
# partition generator would look for a root on the medium's own disk.
COMMAND_LINE = (
    "console=tty0 console=ttyS0,115200n8 quiet loglevel=3 rd.systemd.show_status=error rd.systemd.gpt_auto=no "
    "rd.systemd.unit=mailward-installer.target audit=0 panic=30"
)


class BadSerial(BadInput):
    key = "installer.serial"
    sentence = "{serial!r} cannot stand on a kernel's command line as a disk's serial number"
    remedy = "Give it as `lsblk -o NAME,SERIAL,WWN` has it; the WWN will do where the number has blanks in it"


def known_serial(serial: str) -> str:
    """`serial`, if it can be a word on the command line. Raises `BadSerial`."""
    if not serial.isascii() or not serial.isprintable() or not serial or set(serial) & set(" \"'\\"):
        raise BadSerial(serial=serial)
    return serial


def command_line(fingerprint: str, serial: str | None = None) -> str:
    """serial: of the disk to install on without asking."""
    told = [f"mailward.install.disk={known_serial(serial)}"] if serial is not None else []
    return " ".join([COMMAND_LINE, f"{PINNED}={fingerprint}", *told])


def ukify(folder: Path, line: str, kernel: str) -> list[str]:
    """Words that make folder/BOOTX64.EFI of the sections in `folder`. line: for the kernel. kernel: its release."""
    return [
        "ukify", "build",
        f"--stub={STUB}",
        f"--linux={folder / 'linux'}",
        f"--initrd={folder / 'initrd'}",
        f"--initrd={folder / 'installer.cpio.zst'}",
        f"--cmdline={line}",
        f"--os-release=@{folder / 'osrel'}",
        f"--uname={kernel}",
        f"--output={folder / BOOT_FILE}",
    ]  # fmt: skip


def fat_bytes(uki_bytes: int) -> int:
    """Size of the file system that holds a kernel image of `uki_bytes`, in whole MiB."""
    return -(-(uki_bytes + FAT_SLACK) // MIB) * MIB


def make_fat(fat: Path) -> list[str]:
    return ["mkfs.vfat", "-F", "32", "-i", FAT_ID, "-n", VOLUME, "--invariant", str(fat)]


def fill_fat(fat: Path, folder: Path) -> list[list[str]]:
    return [
        ["mmd", "-i", str(fat), "::/EFI", "::/EFI/BOOT"],
        ["mcopy", "-m", "-i", str(fat), str(folder / BOOT_FILE), f"::/EFI/BOOT/{BOOT_FILE}"],
    ]


def xorriso(tree: Path, fat: Path, target: Path, epoch: int) -> list[str]:
    """Words that make the ISO at `target`. epoch: seconds, the time in it, so that two are the same bytes."""
    moment = datetime.datetime.fromtimestamp(epoch, datetime.UTC)
    return [
        "xorriso", "-as", "mkisofs",
        "-quiet",
        "-iso-level", "3",
        "-r",
        "-V", VOLUME,
        f"--modification-date={moment:%Y%m%d%H%M%S}00",
        "--set_all_file_dates", f"{moment:%Y%m%d%H%M%S}00",
        "-append_partition", "2", EFI_PARTITION, str(fat),
        "-appended_part_as_gpt",
        "-partition_offset", "16",
        "-e", "--interval:appended_partition_2:all::",
        "-no-emul-boot",
        "-o", str(target),
        str(tree),
    ]  # fmt: skip
