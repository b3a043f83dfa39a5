"""The image boots from every disk controller, in every form it is deployed in (U5, U7).

The whole product with `make test-matrix`; `make test-long` takes the pairs in `SOME`: other tests boot the raw image
from virtio-blk, and test_installer boots what was installed. Where OVMF cannot read the disk, QEMU hands over the
kernel image; initrd and system find their disk by themselves.
"""

from __future__ import annotations

import subprocess
import tarfile
from itertools import product
from pathlib import Path

import pytest

from image.command import Runner
from image.forms.request import Request, carry_out
from image.installer import trial as installation
from image.installer.trial import Bench, Way
from image.password import hashed
from image.qemu import disk, trial
from image.qemu.accel import detect
from image.qemu.disk import Bus
from image.qemu.machine import FIRMWARE, GIB, Machine, Spec
from mailward.version import Version
from tests.appliance.conftest import LOGIN_SECONDS

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900)]

# Drivers between the partition `var` and the root of the device tree, nearest first.
DRIVERS = """\
node=$(readlink -f "/sys/class/block/$(lsblk -ndo PKNAME "$(findmnt -no SOURCE /var)")")
while [ "$node" != /sys ]; do
    [ ! -e "$node/driver" ] || basename "$(readlink "$node/driver")"
    node=${node%/*}
done"""


@pytest.fixture(scope="session")
def raw(image: Path) -> Path:
    return image


@pytest.fixture(scope="session")
def installed(request: pytest.FixtureRequest, logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disk after an installation from the ISO, on virtio-blk; from there it is put on every controller."""
    folder = logs / "matrix-installation"
    made = installation.install(
        Bench(request.getfixturevalue("medium"), folder, Way.CD, credentials=installation.unattended())
    )
    disk = tmp_path_factory.mktemp("installed") / "installed.raw"
    subprocess.run(["qemu-img", "convert", "-f", "qcow2", "-O", "raw", made, disk], check=True)
    made.unlink()
    return disk


@pytest.fixture(scope="session")
def ova(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a hypervisor makes of the OVA: its VMDK, unpacked into a disk of the full size (sparse here)."""
    folder = tmp_path_factory.mktemp("ova")
    made = carry_out(Request(image, "C100V", "ova", folder), Runner(folder / "convert.log"))
    with tarfile.open(made.file) as archive:
        (vmdk,) = [member for member in archive if member.name.endswith(".vmdk")]
        archive.extract(vmdk, folder, filter="data")
    unpacked = folder / "imported.raw"
    subprocess.run(
        ["qemu-img", "convert", "-f", "vmdk", "-O", "raw", folder / vmdk.name, unpacked], check=True
    )
    assert unpacked.stat().st_size == made.disk_bytes
    return unpacked


FORMS = ("raw", "installed", "ova")  # names of the fixtures above
SOME = {(Bus.VIRTIO_SCSI, "raw"), (Bus.AHCI, "raw"), (Bus.NVME, "ova")}


@pytest.mark.parametrize(
    ("bus", "form"),
    [
        pytest.param(
            bus,
            form,
            id=f"{bus}-{form}",
            marks=pytest.mark.long if (bus, form) in SOME else pytest.mark.matrix,
        )
        for bus, form in product(Bus, FORMS)
    ],
)
def test_it_boots(
    bus: Bus, form: str, request: pytest.FixtureRequest, image: Path, logs: Path, password: str
) -> None:
    kernel = image.with_name(f"{Version.LABEL_PREFIX}{image.stem.split('-', 2)[2]}.efi")
    port = trial.free_port()
    credentials = {
        "mailward.configuration": trial.configuration(2525),
        "mailward.admin.password": hashed(password),
    }
    spec = Spec(
        request.getfixturevalue(form),
        detect(FIRMWARE),
        disk_bytes=24 * GIB,
        credentials=credentials,
        forwards={port: 25},
        bus=bus,
        kernel=None if disk.firmware_reads(bus) else kernel,
    )
    with Machine(spec, logs / f"matrix-{bus}-{form}") as machine:
        console = machine.start()
        console.login("admin", password, deadline=LOGIN_SECONDS)
        trial.wait_for_banner(port, LOGIN_SECONDS)
        assert disk.driver(bus) in console.run(DRIVERS).output.split()
        assert "/dev/mapper/root" in console.run("findmnt -no SOURCE /").output
        # `var` has all that the two slots and the ESP leave of the disk.
        size = int(console.run("findmnt -bno SIZE /var").output)
        assert size > (max(spec.disk_bytes, spec.image.stat().st_size) - 4 * GIB) * 0.9
        machine.kill()
        machine.disk.unlink()
