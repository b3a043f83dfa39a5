"""From 14.2.3-027 to 14.2.3-031 and back, on the real image: fetched over HTTP, written, booted, blessed (U4).

One guest, whose tests go on where the one before stopped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from image.password import hashed
from image.qemu import trial
from image.qemu.console import Console
from image.qemu.machine import Machine
from tests.appliance.conftest import LOGIN_SECONDS, power_on
from tests.appliance.releases import NEW, OLD, Published, offered

pytestmark = [pytest.mark.boot, pytest.mark.long, pytest.mark.timeout(1800)]


@dataclass
class Guest:
    """A running appliance; `www` is what the host offers, at `url` for the guest."""

    machine: Machine
    console: Console
    password: str
    url: str
    www: Path
    figures: dict[str, Any] = field(default_factory=dict)

    def slots(self, *words: object) -> dict[str, Any]:
        """Run one command of checks/slots.py."""
        self.console.run(
            "mountpoint -q /run/checks || { mkdir -p /run/checks && mount -o ro /dev/vdb1 /run/checks; }"
        )
        command = " ".join(map(str, words))
        printed = self.console.run(f"python3 /run/checks/slots.py {command}", deadline=600).output
        answer: dict[str, Any] = json.loads(printed.splitlines()[-1])
        return answer

    def reboot(self) -> None:
        self.console.send("systemctl reboot")
        self.console.expect(r"systemd-boot|Booting|reboot: Restarting", 120)
        self.console.login("admin", self.password, deadline=LOGIN_SECONDS)

    def version(self) -> str:
        return self.console.run(". /etc/os-release; echo $IMAGE_VERSION").output


@pytest.fixture(scope="module")
def guest(published: Published, logs: Path, password: str) -> Iterator[Guest]:
    credentials = {
        "mailward.configuration": trial.configuration(2525),
        "mailward.admin.password": hashed(password),
    }
    machine, console = power_on(published.old, logs / "upgrade-slots", credentials, {})
    with machine, offered(published.releases) as url:
        console.login("admin", password, deadline=LOGIN_SECONDS)
        found = Guest(machine, console, password, url, published.releases)
        yield found
        print(json.dumps(found.figures, indent=2))
        (logs / "upgrade-slots.json").write_text(json.dumps(found.figures, indent=2))
    machine.disk.unlink()


def by_version(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    assert found["problems"] == [], found
    return {slot["version"] or "": slot for slot in found["slots"]}


def test_a_fresh_appliance_runs_slot_a_and_has_an_empty_slot_b(guest: Guest) -> None:
    slots = by_version(json.loads(guest.console.run("mailward upgrade slots --json").output))
    assert slots[OLD]["running"]
    assert (slots[OLD]["name"], slots[OLD]["standing"]) == ("A", "blessed")
    assert (slots[""]["name"], slots[""]["content"]) == ("B", "empty")


def test_what_is_not_sound_is_not_fetched(guest: Guest) -> None:
    kernel = guest.www / NEW / f"mailward_{NEW}.efi"
    sound = kernel.read_bytes()
    try:
        for broken in (sound[:-9] + b"corrupted", sound[:-9]):
            kernel.write_bytes(broken)
            answer = guest.slots("fetch", guest.url, NEW)
            assert answer["error"] == "upgrade.release.file", answer
    finally:
        kernel.write_bytes(sound)
    assert guest.slots("fetch", guest.url, "14.2.3-999")["error"] == "upgrade.fetch.not-offered"


def test_the_release_is_fetched_and_written_and_is_on_trial(guest: Guest) -> None:
    guest.figures["fetch"] = guest.slots("fetch", guest.url, NEW)
    assert "error" not in guest.figures["fetch"], guest.figures
    guest.figures["install"] = guest.slots("install", NEW)
    assert "error" not in guest.figures["install"], guest.figures
    slots = by_version(guest.slots("look"))
    assert (slots[NEW]["standing"], slots[NEW]["tries_left"]) == ("on-trial", 2)
    assert slots[OLD]["standing"] == "blessed"
    assert guest.version() == OLD


def test_the_other_slots_root_is_there_for_its_validator(guest: Guest) -> None:
    inside = guest.slots("inside", NEW)
    assert f'IMAGE_VERSION="{NEW}"' in inside["release"]
    assert inside["ro"]
    assert "mailward-" not in guest.console.run("ls /dev/mapper").output


def test_it_boots_and_is_blessed(guest: Guest) -> None:
    guest.reboot()
    assert guest.version() == NEW
    guest.console.run("timeout 300 systemctl is-system-running --wait", deadline=310, check=False)
    assert guest.console.run("systemctl list-units --failed --plain --no-legend").output == ""
    slots = by_version(guest.slots("look"))
    assert slots[NEW]["running"]
    assert slots[NEW]["standing"] == "blessed"
    assert slots[OLD]["standing"] == "blessed", "the one to fall back to is kept"


def test_marked_bad_the_other_boots_and_that_one_can_be_chosen_again(guest: Guest) -> None:
    assert by_version(guest.slots("bad", NEW))[NEW]["standing"] == "bad"
    guest.reboot()
    assert guest.version() == OLD
    slots = by_version(guest.slots("look"))
    assert (slots[OLD]["running"], slots[NEW]["standing"]) == (True, "bad")
    assert by_version(guest.slots("prefer", NEW))[NEW]["standing"] == "on-trial"


def test_a_release_that_cannot_start_falls_back_by_itself(guest: Guest) -> None:
    """Nobody helps: boot counting alone. The hash tree's top is overwritten, so the root never opens."""
    tree = guest.console.run(
        f"lsblk -nrpo PATH,PARTLABEL,PARTTYPE | awk '$2 == \"mailward_{NEW}\" && $3 ~ /^2c7357ed/ {{print $1}}'"
    ).output
    guest.console.run(f"test -b {tree} && dd if=/dev/zero of={tree} bs=4096 count=4 seek=1 conv=fsync")
    guest.console.send("systemctl reboot")
    guest.console.expect(r"Mailward cannot start from this slot", 300)
    guest.console.expect(r"Mailward cannot start from this slot", 300)
    guest.console.login("admin", guest.password, deadline=LOGIN_SECONDS)
    assert guest.version() == OLD
    slots = {slot["version"]: slot for slot in guest.slots("look")["slots"]}
    assert (slots[NEW]["standing"], slots[NEW]["tries_done"]) == ("bad", 2)
