"""The ISO from real programs, small: does it start as a CD and as a stick, and is it the same each time?"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from image.installer import gpt, iso, manifest, payload
from image.installer.live import medium as found
from tests.image.installer.sample import Plain
from tests.image.installer.sample import medium as partitions

pytestmark = pytest.mark.process
EPOCH = 1767225600


def _iso(folder: Path) -> Path:
    folder.mkdir()
    partitions(folder, Plain())
    (folder / "tree").mkdir()
    (folder / "medium").rename(folder / "tree" / manifest.FOLDER)
    (folder / iso.BOOT_FILE).write_bytes(b"MZ" + bytes(range(256)) * 150_000)
    fat = folder / "esp.img"
    with fat.open("wb") as file:
        file.truncate(iso.fat_bytes((folder / iso.BOOT_FILE).stat().st_size))
    environment = {"SOURCE_DATE_EPOCH": str(EPOCH), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC"}
    subprocess.run(["touch", "-d", f"@{EPOCH}", folder / iso.BOOT_FILE], check=True)
    made = folder / "made.iso"
    for words in [
        iso.make_fat(fat),
        *iso.fill_fat(fat, folder),
        iso.xorriso(folder / "tree", fat, made, EPOCH),
    ]:
        subprocess.run(words, check=True, env=environment, capture_output=True)
    return made


def _told(made: Path, *words: str) -> str:
    done = subprocess.run(["xorriso", "-indev", made, *words], check=True, capture_output=True, text=True)
    return done.stdout


def test_a_cd_and_a_stick_both_find_the_kernel_image(tmp_path: Path) -> None:
    made = _iso(tmp_path / "one")
    entry = next(
        line
        for line in _told(made, "-report_el_torito", "plain").splitlines()
        if "El Torito boot img" in line
    )
    assert "UEFI" in entry and "none" in entry
    with made.open("rb") as disk:
        table = gpt.read(disk, name="made.iso")
    (esp,) = [part for part in table if part.type == payload.ESP]
    # Where El Torito points is where the partition begins, in blocks of 2,048 bytes.
    assert int(entry.split()[-1]) * 2048 == esp.start
    part = tmp_path / "part.img"
    with made.open("rb") as disk:
        disk.seek(esp.start)
        part.write_bytes(disk.read(esp.size))
    subprocess.run(["fsck.vfat", "-n", part], check=True, capture_output=True)
    subprocess.run(["mcopy", "-i", part, f"::/EFI/BOOT/{iso.BOOT_FILE}", tmp_path / "boot"], check=True)
    assert (tmp_path / "boot").read_bytes() == (tmp_path / "one" / iso.BOOT_FILE).read_bytes()


def test_the_files_are_on_it_and_it_is_known_for_what_it_is(tmp_path: Path) -> None:
    made = _iso(tmp_path / "one")
    listing = _told(made, "-find", "/mailward")
    for name in (manifest.NAME, "esp.zst", "root.zst", "verity.zst"):
        assert f"'/mailward/{name}'" in listing
    assert found.looks_like_one(made)
    assert not found.looks_like_one(tmp_path / "one/esp.img")
    assert not found.looks_like_one(tmp_path / "gone")


def test_two_are_the_same_bytes(tmp_path: Path) -> None:
    assert _iso(tmp_path / "one").read_bytes() == _iso(tmp_path / "two").read_bytes()
