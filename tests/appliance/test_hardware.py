"""The hardware floor on the booted image: a rack server's SMBIOS strings, a BMC, a 3 TB disk, quotas (H1 – H6, U6, U7).

The checks are scripts that run inside the guest and print one JSON line each; a check that says nothing has failed.
"""

from __future__ import annotations

import json

import pytest

from tests.appliance.conftest import CHECKS, Appliance

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900)]

# The script, and how many checks it must report at the least: a script that stops half-way does not pass.
SCRIPTS = {"hw_disks.py": 9, "hw_ipmi.py": 11, "hw_net.py": 9}


@pytest.fixture(scope="module")
def checks(appliance: Appliance) -> str:
    """Where the guest sees tests/appliance/checks."""
    appliance.run("mkdir -p /run/checks && mount -o ro /dev/vdb1 /run/checks")
    return "/run/checks"


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_hardware_floor_on_the_image(appliance: Appliance, checks: str, script: str) -> None:
    assert (CHECKS / script).is_file()
    printed = appliance.run(f"python3 {checks}/{script}", deadline=420, check=False)
    reports = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    failed = [report for report in reports if not report["ok"]]
    assert not failed, json.dumps(failed, indent=2)
    assert len(reports) >= SCRIPTS[script], printed
