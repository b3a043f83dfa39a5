"""The whole of it: ansible-playbook, its own ssh connection, and simulated appliances behind that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ansible.simulated import new

HERE = Path(__file__).parent
COLLECTIONS = HERE.parent.parent / "ansible"
ANSIBLE = Path(sys.executable).with_name("ansible-playbook")

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - mailward.appliance.appliance_info: {gather: [version]}
    - mailward.appliance.appliance_config:
        config: |
          <config>
            <hostname>{{ inventory_hostname }}</hostname>
          </config>
        network: take
        comment: it's a name
    - mailward.appliance.appliance_upgrade: {to: 14.2.3-031, poll: 0}
    - mailward.appliance.appliance_listener: {state: resumed}
"""


class Fleet:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, **faults: Any) -> None:
        (self.folder / f"{name}.json").write_text(json.dumps(new(**faults)))

    def state(self, name: str) -> dict[str, object]:
        found: dict[str, object] = json.loads((self.folder / f"{name}.json").read_text())
        return found

    def play(self, *options: str) -> tuple[int, dict[str, dict[str, int]], str]:
        """Exit status, what Ansible counted for each host, and all it printed."""
        hosts: dict[str, dict[str, str]] = {path.stem: {} for path in self.folder.glob("*.json")}
        inventory, play = self.folder / "inventory.yml", self.folder / "play.yml"
        variables = {
            "ansible_user": "admin",
            "ansible_ssh_executable": str(HERE / "simulated.py"),
        }
        inventory.write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}))
        play.write_text(PLAY)
        environment = os.environ | {
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "MAILWARD_SIMULATED": str(self.folder),
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            [ANSIBLE, "-i", inventory, play, *options],
            env=environment,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        return done.returncode, _recap(done.stdout), done.stdout + done.stderr


def _recap(text: str) -> dict[str, dict[str, int]]:
    lines = text.partition("PLAY RECAP")[2].splitlines()[1:]
    found = {}
    for line in lines:
        name, colon, counts = line.partition(" : ")
        if colon:
            pairs = (pair.split("=") for pair in counts.split())
            found[name.strip()] = {key: int(value) for key, value in pairs}
    return found


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


@pytest.mark.process
def test_two_appliances_upgraded_and_nothing_to_do_afterwards(fleet: Fleet) -> None:
    fleet.add("mx1.example.com")
    fleet.add("mx2.example.com")
    status, recap, said = fleet.play("--diff")
    assert status == 0, said
    assert "+  <hostname>mx1.example.com</hostname>" in said
    assert {host["changed"] for host in recap.values()} == {2}
    assert fleet.state("mx2.example.com")["version"] == "14.2.3-031"
    status, recap, said = fleet.play()
    assert status == 0, said
    assert {host["changed"] for host in recap.values()} == {0}


@pytest.mark.process
def test_check_mode_changes_no_appliance(fleet: Fleet) -> None:
    fleet.add("mx1.example.com")
    before = fleet.state("mx1.example.com")
    status, recap, said = fleet.play("--check", "--diff")
    assert status == 0, said
    assert recap["mx1.example.com"]["changed"] == 2
    after = fleet.state("mx1.example.com")
    assert {**after, "calls": []} == before


@pytest.mark.process
def test_failed_and_unreachable_are_told_apart(fleet: Fleet) -> None:
    fleet.add("away.example.com", unreachable=99)
    fleet.add("sick.example.com", **{"rolls-back": "units failed: bad.service"})
    fleet.add("well.example.com")
    status, recap, said = fleet.play()
    assert status != 0
    assert recap["away.example.com"]["unreachable"] == 1
    assert recap["sick.example.com"]["failed"] == 1
    assert recap["well.example.com"]["failed"] == 0
    assert "units failed: bad.service" in said
    assert fleet.state("sick.example.com")["version"] == "14.2.3-027"
