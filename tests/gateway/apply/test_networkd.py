"""systemd-networkd itself reads what is rendered, in a network of its own; and systemd reads the image's units."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.apply.network import render_network
from gateway.apply.tree import File
from tests.gateway.apply.made import MACHINE, site

pytestmark = pytest.mark.process
NETWORKD = Path("/lib/systemd/systemd-networkd")
UNITS = Path("image/definitions/mkosi.extra/usr/lib/systemd/system")

# Cards with the names of the configuration, and as much of udev as says that they are ready.
SCRIPT = """
set -e
mount -t tmpfs tmpfs /run
mount -t sysfs sysfs /sys
mkdir -p /run/systemd/network /run/udev/data
touch /run/udev/control
cp {files}/* /run/systemd/network/
for card in ens3 ens4 ens5 ens6; do
    ip link add "$card" type veth peer name "far-$card"
    ip link set "far-$card" up
done
for card in /sys/class/net/*; do
    printf 'I:1\\nE:ID_NET_DRIVER=veth\\n' >"/run/udev/data/n$(cat "$card/ifindex")"
done
timeout 4 {networkd} 2>&1 || true
ip -brief address show ens3
ip route
ip -6 route
cat /sys/class/net/ens4/mtu
"""


@pytest.mark.skipif(not NETWORKD.exists() or shutil.which("unshare") is None, reason="no networkd here")
def test_networkd_does_as_the_configuration_says(tmp_path: Path) -> None:
    files, problems = render_network(site(), MACHINE)
    assert problems == []
    folder = tmp_path / "network"
    folder.mkdir()
    for path, node in files.items():
        assert isinstance(node, File)
        (folder / Path(path).name).write_bytes(node.content)
    script = SCRIPT.format(files=folder, networkd=NETWORKD)
    done = subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    for complaint in ("Unknown key", "Unknown section", "Failed to parse", "ignoring", "Invalid"):
        assert complaint not in said, said
    assert "192.0.2.10/24" in said and "2001:db8::10/64" in said
    assert "default via 2001:db8::1 dev ens3" in said
    assert said.rstrip().endswith("9000")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize("unit", ["mailward-apply.service", "mailward-ftp.service", "mailward.service"])
def test_systemd_reads_the_units(unit: str) -> None:
    """Programs of the image are not here; words that systemd does not know, and orders that turn in circles, are."""
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(UNITS / unit)],
        capture_output=True, text=True, timeout=60, check=False,
        env={"SYSTEMD_UNIT_PATH": f"{UNITS.absolute()}:", "PATH": "/usr/bin"},
    )  # fmt: skip
    for complaint in ("Unknown", "Failed to parse", "cycle", "Invalid"):
        assert complaint not in done.stderr, done.stderr


@pytest.mark.skipif(shutil.which("visudo", path="/usr/sbin") is None, reason="no visudo here")
def test_sudo_reads_who_may_what() -> None:
    rules = "image/definitions/mkosi.extra/etc/sudoers.d/mailward"
    done = subprocess.run(
        ["/usr/sbin/visudo", "--check", "--strict", f"--file={rules}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
