"""The OVA, imported into govmomi's simulated vCenter. `make test-import` installs what that takes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hwmgmt.models.catalogue import catalogue
from image.command import Runner
from image.forms.request import Request, carry_out
from tests.image.forms.gpt import raw_image

# Where Debian puts Go packages for building against.
GOPATH = Path("/usr/share/gocode")
PROGRAM = Path(__file__).parent / "vcsim/main.go"

pytestmark = [
    pytest.mark.process,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not (GOPATH / "src/github.com/vmware/govmomi/simulator").is_dir(),
        reason="golang-github-vmware-govmomi-dev is not installed",
    ),
]


@pytest.fixture(scope="module")
def importer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vcsim")
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOCACHE": str(folder / "cache"),
    }
    subprocess.run(
        ["go", "build", "-o", folder / "import", PROGRAM], check=True, env=environment, timeout=500
    )
    return folder / "import"


@pytest.mark.parametrize(
    ("model", "controller", "hardware", "device"),
    [
        ("C100V", "pvscsi", 15, "ParaVirtualSCSIController"),
        ("C300V", "lsilogic", 13, "VirtualLsiLogicController"),
        ("C600V", "pvscsi", 15, "ParaVirtualSCSIController"),
    ],
)
def test_a_vcenter_makes_the_machine_that_the_catalogue_has(
    importer: Path, tmp_path: Path, model: str, controller: str, hardware: int, device: str
) -> None:
    request = Request(raw_image(tmp_path / "a.raw"), model, "ova", tmp_path, hardware, controller)
    ova = carry_out(request, Runner(tmp_path / "log")).file
    said = subprocess.run([importer, ova], check=True, capture_output=True, text=True, timeout=60)
    machine: dict[str, Any] = json.loads(said.stdout)
    wanted = catalogue().get(model)
    assert machine["errors"] is None and machine["warnings"] is None
    assert machine["hardware"] == f"vmx-{hardware}"
    assert machine["disk_bytes"] == [wanted.default_disk_bytes]
    assert device in machine["devices"]
    assert machine["devices"].count("VirtualVmxnet3") == 3
    assert machine["uploaded"] == [f"{ova.stem}-disk1.vmdk"]
    assert (machine["cpus"], machine["memory_mib"]) == (wanted.cpus, wanted.memory_bytes >> 20)
