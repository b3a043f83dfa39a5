"""The SSH server's part: checked by sshd itself where it is there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.apply.sshd import SSHD, closed_addresses, networks, render_sshd
from gateway.apply.tree import File
from gateway.config.model import Config
from tests.gateway.apply.made import config, interface, site


def rendered(of: Config) -> str:
    node = render_sshd(of)[0][SSHD]
    assert isinstance(node, File)
    return node.content.decode()


def test_sources_become_blocks() -> None:
    assert networks("192.0.2.1") == ["192.0.2.1/32"]
    assert networks("192.0.2.") == ["192.0.2.0/24"]
    assert networks("203.0.113.5-6") == ["203.0.113.5/32", "203.0.113.6/32"]
    assert networks("2001:db8::/32") == ["2001:db8::/32"]


def test_all_open_says_nothing() -> None:
    assert "Match" not in rendered(config(ip_interfaces=[interface()]))


def test_closed_addresses() -> None:
    """An address that DHCP gives is not known: everything is said with those that are."""
    other = interface(interface_name="Other", port_name="Data 1", ipv4="10.0.0.1", ssh=False)
    assert closed_addresses(config(ip_interfaces=[interface(), other])) == (["10.0.0.1"], [])
    dhcp = {"ipv4": "", "dhcp": True}
    closed, problems = closed_addresses(config(ip_interfaces=[interface(), other | dhcp]))
    assert (closed[0], "!192.0.2.10/32" in closed, "!127.0.0.0/8" in closed, problems) == (
        "*",
        True,
        True,
        [],
    )
    _, problems = closed_addresses(config(ip_interfaces=[interface(**dhcp), other | dhcp]))
    assert "not known" in problems[0]
    _, problems = closed_addresses(config(ip_interfaces=[interface(ssh=False)]))
    assert "nobody could log in" in problems[0]


@pytest.mark.process
@pytest.mark.skipif(shutil.which("sshd", path="/usr/sbin") is None, reason="no sshd here")
@pytest.mark.parametrize(
    ("of", "said"),
    [
        (site(), ["port 2222", "passwordauthentication no", "allowusers *@192.0.2.0/24"]),
        (config(), ["port 22", "passwordauthentication yes"]),
        (
            config(
                ip_interfaces=[
                    interface(),
                    interface(interface_name="B", port_name="Data 1", ipv4="", dhcp=True, ssh=False),
                ]
            ),
            ["port 22"],
        ),
    ],
)
def test_sshd_understands_it(tmp_path: Path, of: Config, said: list[str]) -> None:
    file = tmp_path / "sshd.conf"
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    file.write_text(rendered(of))
    Path("/run/sshd").mkdir(exist_ok=True)
    words = ["/usr/sbin/sshd", "-T", "-f", str(file), "-h", str(key)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    for line in said:
        assert line in done.stdout.lower()


@pytest.mark.process
@pytest.mark.skipif(shutil.which("sshd", path="/usr/sbin") is None, reason="no sshd here")
@pytest.mark.parametrize(
    ("local", "closed"), [("10.0.0.1", True), ("192.0.2.10", False), ("127.0.0.1", False)]
)
def test_sshd_closes_what_is_closed(tmp_path: Path, local: str, closed: bool) -> None:
    """The form with everything closed but the known ones."""
    of = config(
        ip_interfaces=[
            interface(),
            interface(interface_name="B", port_name="Data 1", ipv4="", dhcp=True, ssh=False),
        ]
    )
    file, key = tmp_path / "sshd.conf", tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    file.write_text(rendered(of))
    Path("/run/sshd").mkdir(exist_ok=True)
    where = f"user=ann,host=h,addr=192.0.2.99,laddr={local},lport=22"
    words = ["/usr/sbin/sshd", "-T", "-f", str(file), "-h", str(key), "-C", where]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
    assert ("denyusers *" in done.stdout.lower()) == closed
