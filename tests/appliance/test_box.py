"""The Vagrant box for libvirt: what Vagrant would take out of it is an appliance that starts."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from hwmgmt.models.catalogue import catalogue
from image.command import Runner
from image.forms import vagrant
from image.forms.disk import DiskFormat, Plan
from image.forms.vagrant import Provider
from image.qemu import trial
from image.qemu.accel import detect
from image.qemu.machine import FIRMWARE, VARIABLES, Machine, Spec

pytestmark = [pytest.mark.boot, pytest.mark.long, pytest.mark.timeout(900)]


def test_the_disk_in_the_box_starts(image: Path, logs: Path, tmp_path: Path) -> None:
    model = catalogue().get("C100V")
    plan = Plan(image, tmp_path / "made.box", DiskFormat.QCOW2, model.default_disk_bytes)
    box = vagrant.make(model, plan, Provider.LIBVIRT, Runner(tmp_path / "log"), version="14.2.3-031")
    with tarfile.open(box, "r:gz") as archive:
        archive.extractall(tmp_path, filter="data")
    told = json.loads((tmp_path / "metadata.json").read_text())
    assert told["virtual_size"] << 30 >= model.default_disk_bytes
    folder = logs / "box"
    folder.mkdir(parents=True, exist_ok=True)
    # As vagrant-libvirt does: the disk as it is in the box, and fresh firmware variables.
    (tmp_path / "box.img").rename(tmp_path / "disk.qcow2")
    shutil.move(tmp_path / "disk.qcow2", folder / "disk.qcow2")
    shutil.copyfile(VARIABLES, folder / "variables.fd")
    port = trial.free_port()
    with Machine(Spec(image, detect(FIRMWARE), forwards={port: 25}), folder, fresh=False) as machine:
        machine.start()
        assert trial.wait_for_banner(port, 300).startswith("220 ")
        machine.kill()
        machine.disk.unlink()
