"""What must not boot does not, and says why."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from image.build import copy_sparse
from image.qemu.accel import detect
from image.qemu.machine import FIRMWARE, Machine, Spec

pytestmark = [pytest.mark.boot, pytest.mark.timeout(600)]

GIB = 1 << 30


def test_a_flipped_byte_keeps_it_from_booting(image: Path, logs: Path, tmp_path: Path) -> None:
    """The byte is one that no file system code looks at: only verity can mind."""
    tampered = tmp_path / "tampered.raw"
    copy_sparse(image, tampered)
    table = json.loads(subprocess.run(["sfdisk", "--json", tampered], capture_output=True, check=True).stdout)
    root = next(
        part for part in table["partitiontable"]["partitions"] if part["name"].startswith("mailward_")
    )
    # The first 1,024 bytes of an erofs are left to boot sectors; nothing reads them but as part of their block.
    with tampered.open("r+b") as disk:
        disk.seek(root["start"] * 512 + 100)
        byte = disk.read(1)
        disk.seek(-1, 1)
        disk.write(bytes([byte[0] ^ 1]))
    with Machine(Spec(tampered, detect(FIRMWARE)), logs / "tampered") as machine:
        console = machine.start()
        console.expect(r"device-mapper: verity: \S+ data block 0 is corrupted", 240)
        console.expect(r"Mailward cannot start from this slot", 150)
        console.expect(r"The root file system is damaged or was changed", 30)
        console.expect(r"Restarting in 60 seconds", 30)
        said = machine.log.read_text(errors="replace")
        assert "login:" not in said
        assert "Press Enter" not in said, "an emergency shell that nobody can log in to"
        machine.kill()
        machine.disk.unlink()


def test_a_disk_that_is_too_small_says_so(image: Path, logs: Path) -> None:
    spec = replace(Spec(image, detect(FIRMWARE)), disk_bytes=4 * GIB)
    with Machine(spec, logs / "small-disk") as machine:
        console = machine.start()
        console.expect(r"This disk is too small for Mailward", 240)
        found = console.expect(r"has\s+(\d+) MiB\s+it must have at least\s+(\d+) MiB", 30)
        assert int(found[1]) == 4096
        # ESP, two slots with their verity data, and the least that `var` may have.
        assert 512 + 2 * (1024 + 16) + 4096 <= int(found[2]) < 7000
        time.sleep(3)
        assert "emergency" not in machine.log.read_text(errors="replace")
        machine.kill()
        machine.disk.unlink()
