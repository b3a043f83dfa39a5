"""The image boots into a whole, sealed system (issue of the foundation; H4, U4)."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.appliance.conftest import Appliance

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900)]


def test_no_unit_failed(appliance: Appliance) -> None:
    appliance.run("timeout 240 systemctl is-system-running --wait", deadline=250, check=False)
    failed = appliance.run("systemctl list-units --failed --plain --no-legend")
    assert failed == ""


def test_root_is_read_only_and_checked_by_verity(appliance: Appliance) -> None:
    mount = json.loads(appliance.run("findmnt --json --output SOURCE,FSTYPE,OPTIONS /"))["filesystems"][0]
    assert mount["source"] == "/dev/mapper/root"
    assert mount["fstype"] == "erofs"
    assert "ro" in mount["options"].split(",")
    assert appliance.run("cat /sys/block/dm-0/dm/name /sys/block/dm-0/dm/uuid").startswith(
        "root\nCRYPT-VERITY-"
    )
    for place in ("/etc", "/usr/lib/mailward", "/"):
        refused = appliance.run(f"touch {place}/x", check=False)
        assert "Read-only file system" in refused


def test_first_boot_made_slot_b_and_var(appliance: Appliance) -> None:
    listing = json.loads(
        appliance.run("lsblk --json --bytes --output NAME,PARTLABEL,PARTTYPENAME,SIZE,MOUNTPOINT")
    )
    disk = next(device for device in listing["blockdevices"] if device["name"] == "vda")
    partitions = {child["partlabel"]: child for child in disk["children"]}
    assert {"mailward_14.2.3-031", "_empty", "mailward-var", "esp"} <= set(partitions)
    empty = [child for child in disk["children"] if child["partlabel"] == "_empty"]
    assert sorted(child["size"] for child in empty) == [16 << 20, 1 << 30]
    assert partitions["esp"]["size"] >= 512 << 20
    assert partitions["mailward-var"]["mountpoint"] == "/var"
    # It has taken all that the image's definitions left of the 12 GiB disk.
    assert partitions["mailward-var"]["size"] > 9 << 30


def test_configuration_is_on_var_and_var_has_project_quotas(appliance: Appliance) -> None:
    assert appliance.run("readlink -f /configuration/config.xml") == "/var/configuration/config.xml"
    assert "prjquota" in appliance.run("findmnt --noheadings --output OPTIONS /var")


def test_mail_service_runs_without_privileges(appliance: Appliance) -> None:
    pid = appliance.run("systemctl show --property MainPID --value mailward")
    status = appliance.run(f"cat /proc/{pid}/status")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert set(fields["Uid"].split()) == {"800"}
    net_bind_service = 1 << 10
    assert int(fields["CapEff"], 16) == net_bind_service
    assert int(fields["CapBnd"], 16) == net_bind_service
    assert fields["NoNewPrivs"] == "1"


def test_sandbox_is_tight(appliance: Appliance) -> None:
    verdict = appliance.run("systemd-analyze security --no-pager mailward.service | tail -n 1", deadline=120)
    exposure = float(verdict.split(":")[1].split()[0])
    assert exposure <= 2.0, verdict


def test_admin_logs_in_with_the_key_and_root_does_not(appliance: Appliance) -> None:
    def ssh(user: str) -> subprocess.CompletedProcess[str]:
        options = [
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "BatchMode=yes",
        ]
        return subprocess.run(
            ["ssh", *options, "-o", "ConnectTimeout=60", "-i", str(appliance.ssh_key)]
            + ["-p", str(appliance.ssh_port), f"{user}@127.0.0.1", "mailward version"],
            capture_output=True,
            text=True,
            timeout=120,
        )

    admin = ssh("admin")
    assert admin.returncode == 0, admin.stderr
    assert "14.2.3" in admin.stdout, "the login shell is the console"
    assert ssh("root").returncode == 255


def test_nothing_secret_or_machine_specific_is_baked_in(appliance: Appliance) -> None:
    assert appliance.run("ls /etc/ssh/ | grep ssh_host_ || true") == ""
    # Under the mount that systemd lays over it, the image's machine-id is empty.
    assert (
        appliance.run("mkdir -p /run/bare && mount --bind / /run/bare && wc -c < /run/bare/etc/machine-id")
        == "0"
    )
    assert appliance.run("cut -d: -f2 /run/bare/etc/shadow | grep -c '^[$]' || true") == "0"
    appliance.run("umount /run/bare")


def test_the_one_command_lists_what_the_appliance_has(appliance: Appliance) -> None:
    listed = appliance.run("mailward --help", deadline=120)
    assert {"hw", "upgrade", "suspendlistener", "status"} <= set(listed.split())
    assert "image" not in listed.split("Commands:")[1].split(), "the image builder stays on the build host"
    status = json.loads(appliance.run("mailward status --json", deadline=120))
    assert status
