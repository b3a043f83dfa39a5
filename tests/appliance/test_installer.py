"""The installer's medium in QEMU: as a CD and as a stick, told beforehand and asked; what it refuses (U5, U7, H1)."""

from __future__ import annotations

import hashlib
import re
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.installer import trial
from image.installer.trial import Bench, Way
from image.qemu import trial as mail
from image.qemu.machine import Machine

pytestmark = [pytest.mark.boot, pytest.mark.long, pytest.mark.timeout(900)]

GIB = 1 << 30


@pytest.fixture
def folder(request: pytest.FixtureRequest, logs: Path) -> Iterator[Path]:
    """For one machine; its disk goes, its console's log stays."""
    place = logs / re.sub(r"\W+", "-", request.node.name).strip("-")
    shutil.rmtree(place, ignore_errors=True)
    yield place
    for disk in (*place.glob("*.qcow2"), *place.glob("*.raw"), *place.glob("*.iso")):
        disk.unlink()


def test_unattended_from_a_cd_and_the_disk_starts(medium: Path, folder: Path) -> None:
    bench = Bench(medium, folder, Way.CD, credentials=trial.unattended())
    trial.install(bench)
    port = mail.free_port()
    with bench.installed({}, {port: 25}) as machine:
        machine.start()
        assert mail.wait_for_banner(port, 240).startswith("220 ")


def press(monitor: Path, *keys: str) -> None:
    """Press keys on the guest's keyboard, which is the one of its screen."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(monitor))
        line.settimeout(30)
        for key in keys:
            line.sendall(f"sendkey {key}\n".encode())
            time.sleep(0.5)


def picture(monitor: Path, file: Path) -> None:
    """Keep what the guest's screen shows, for the person who looks into a failure."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(monitor))
        line.sendall(f"screendump {file}\n".encode())
        time.sleep(1)


def test_asked_from_a_stick_that_stays_as_it_was(medium: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    stick = folder / "stick.iso"
    shutil.copyfile(medium, stick)
    monitor = folder / "monitor.sock"
    screen = ("-device", "VGA", "-monitor", f"unix:{monitor},server=on,wait=off")
    bench = Bench(stick, folder, Way.USB, extra=screen)
    with Machine(bench.spec(), folder) as machine:
        console = machine.start()
        console.expect(r"Disks of this machine:", trial.BOOT_SECONDS)
        listed = console.expect(r"([\s\S]*)Type its number, or q to leave\.\s+\[\]> ", 60)[1]
        assert re.search(r" 1  vda +24 GiB .*serial MAILWARD-TRIAL-1", listed)
        assert re.search(r" -  sda .*\s+it is the medium that this was started from", listed)
        press(monitor, "1", "ret")
        console.expect(r"1   \(typed on tty0\)", 30)
        console.expect(r"It has no partitions[\s\S]*type exactly: erase vda\s+\[\]> ", 30)
        console.send("yes")
        console.expect(r"That was something else\. Nothing was changed\.", 30)
        console.expect(r"or q to leave\.\s+\[\]> ", 60)
        picture(monitor, folder / "screen.ppm")
        console.send("1")
        console.expect(r"type exactly: erase vda\s+\[\]> ", 30)
        console.send("erase vda")
        console.expect(r"every byte was read back", trial.INSTALL_SECONDS)
        console.expect(
            r"Remove the installation medium now[\s\S]*type p and Enter to switch off\.\s+\[\]> ", 60
        )
        console.send("p")
        machine.wait(60)
        said = machine.log.read_text(errors="replace")
    assert "boot menu" not in said
    entry = "Mailward\0".encode("utf-16-le")
    assert entry in (folder / "variables.fd").read_bytes(), "the firmware took the entry"
    with stick.open("rb") as after, medium.open("rb") as before:
        digests = [hashlib.file_digest(file, "sha256").hexdigest() for file in (after, before)]
    assert digests[0] == digests[1], "the medium it was started from is never written to"


def test_unsupported_hardware_is_refused_on_the_console(medium: Path, folder: Path) -> None:
    """U5: C170, as its maker's SMBIOS strings would have it."""
    old = ("-smbios", "type=1,manufacturer=Cisco Systems Inc,product=C170")
    with Machine(Bench(medium, folder, credentials=trial.unattended(), extra=old).spec(), folder) as machine:
        console = machine.start()
        console.expect(r"Mailward was not installed\.", trial.BOOT_SECONDS)
        console.expect(r"this machine is not supported: it is C170", 30)
        console.expect(r"Nothing was changed on any disk\.", 30)
        console.expect(r"What to do: Keep the release it has", 30)
        console.send("p")
        machine.wait(60)
        assert "emergency" not in machine.log.read_text(errors="replace")


def test_a_disk_that_is_too_small_is_refused_with_the_sizes(medium: Path, folder: Path) -> None:
    bench = Bench(medium, folder, disk_bytes=8 * GIB, credentials=trial.unattended())
    with Machine(bench.spec(), folder) as machine:
        console = machine.start()
        console.expect(r"Mailward was not installed\.", trial.BOOT_SECONDS)
        console.expect(
            r"vda cannot be used: it is too small: it has 8 GiB, and C100V needs at least 24 GiB", 30
        )
        console.expect(r"Nothing was changed on any disk\.", 30)
        console.expect(r"Press Enter to restart, or type p and Enter to switch off\.\s+\[\]> ", 30)
        console.send("p")
        machine.wait(60)
