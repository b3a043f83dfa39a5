import errno
import json
from importlib import import_module
from ipaddress import ip_interface
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from hwmgmt.net.links import Link, Network, Route
from hwmgmt.net.sources import from_netifaces, from_netlink, from_psutil, read_network
from hwmgmt.reading import Reading, Reason, known, missing
from tests.hwmgmt.net.fakes import FakeKernel, error, kind_of, link, message

RECORDED = json.loads((Path(__file__).parent / "rtnetlink.json").read_text())


def recorded(request: bytes) -> list[bytes]:
    """Answers recorded from a kernel 6.18: a veth with two addresses and two default routes."""
    return [bytes.fromhex(answer) for answer in RECORDED[f"{kind_of(request)}/{request[16]}"]]


def sysfs(root: Path, name: str, *, driver: str = "", speed: str = "") -> None:
    folder = root / "sys/class/net" / name
    folder.mkdir(parents=True)
    if driver:
        (folder / "device").mkdir()
        (folder / "device/driver").symlink_to(f"../../../../bus/pci/drivers/{driver}")
    if speed:
        (folder / "speed").write_text(speed)


def test_links_addresses_and_routes_of_a_recorded_kernel(tmp_path: Path) -> None:
    sysfs(tmp_path, "va", driver="i40e", speed="10000\n")
    network = from_netlink(tmp_path, open_socket=FakeKernel(recorded)).need()
    lo, va = network.links
    assert (lo.kind, lo.up, lo.carrier.reason, lo.is_card) == ("loopback", False, Reason.UNSUPPORTED, False)
    assert (va.name, va.kind, va.index, va.mtu, va.up) == ("va", "veth", 2, 1500, True)
    assert (va.carrier, va.driver, va.speed) == (known(True), known("i40e"), known(10000, "Mbit/s"))
    assert va.addresses[:2] == (ip_interface("192.0.2.10/24"), ip_interface("2001:db8::10/64"))
    assert network.routes.need() == (
        Route("default", "192.0.2.1", "va", 100),
        Route("192.0.2.0/24", "", "va", 0, "192.0.2.10"),
        Route("2001:db8::/64", "", "va", 256),
        Route("fe80::/64", "", "va", 256),
        Route("default", "2001:db8::1", "va", 1024),
    )
    assert [route.gateway for route in network.gateways] == ["192.0.2.1", "2001:db8::1"]


def test_a_speed_the_driver_does_not_know(tmp_path: Path) -> None:
    sysfs(tmp_path, "va", speed="-1\n")
    network = from_netlink(tmp_path, open_socket=FakeKernel(recorded)).need()
    va = network.link("va")
    assert va is not None and va.speed.reason is Reason.UNSUPPORTED
    assert va.driver.reason is Reason.ABSENT
    assert network.link("vb") is None


def test_no_permission_is_denied(tmp_path: Path) -> None:
    kernel = FakeKernel(lambda request: [error(errno.EPERM)])
    assert from_netlink(tmp_path, open_socket=kernel).reason is Reason.DENIED


def test_silence_is_a_timeout(tmp_path: Path) -> None:
    assert from_netlink(tmp_path, open_socket=FakeKernel(lambda _: [])).reason is Reason.TIMEOUT


def test_links_that_come_and_go_are_listed_again_and_not_for_ever(tmp_path: Path) -> None:
    interrupted = message(18, bytes(16), flags=0x12)
    kernel = FakeKernel(lambda request: [_with_sequence(interrupted, request)])
    assert from_netlink(tmp_path, open_socket=kernel).reason is Reason.TIMEOUT
    assert len(kernel.sent) == 5


def _with_sequence(answer: bytes, request: bytes) -> bytes:
    return answer[:8] + request[8:12] + answer[12:]


# -- psutil and netifaces -----------------------------------------------------------------------------------


@pytest.fixture
def fake_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    from socket import AF_INET, AF_INET6

    def address(family: int, text: str, netmask: str | None) -> SimpleNamespace:
        return SimpleNamespace(family=family, address=text, netmask=netmask)

    stats = {
        "eth0": SimpleNamespace(flags="up,broadcast,running,multicast", mtu=1500),
        "lo": SimpleNamespace(flags="up,loopback,running", mtu=65536),
        "bond0": SimpleNamespace(flags="broadcast", mtu=9000),
    }
    addresses = {
        "eth0": [
            address(AF_INET, "192.0.2.7", "255.255.255.0"),
            address(AF_INET6, "fe80::1%eth0", "ffff:ffff:ffff:ffff::"),
            address(psutil.AF_LINK, "02:00:00:00:00:01", None),
        ],
    }
    monkeypatch.setattr(psutil, "net_if_stats", lambda: stats)
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: addresses)


@pytest.mark.usefixtures("fake_psutil")
def test_psutil_knows_links_and_no_routes(tmp_path: Path) -> None:
    sysfs(tmp_path, "eth0", driver="ixgbe", speed="1000")
    sysfs(tmp_path, "bond0")
    (tmp_path / "sys/class/net/bond0/uevent").write_text("DEVTYPE=bond\nINTERFACE=bond0\n")
    network = from_psutil(tmp_path).need()
    bond, eth0, lo = network.links
    assert (eth0.driver, eth0.carrier, eth0.mac, eth0.is_card) == (
        known("ixgbe"),
        known(True),
        "02:00:00:00:00:01",
        True,
    )
    assert eth0.addresses == (ip_interface("192.0.2.7/24"), ip_interface("fe80::1/64"))
    assert (bond.kind, bond.up, bond.carrier.reason) == ("bond", False, Reason.UNSUPPORTED)
    assert lo.kind == "loopback"
    assert network.routes.reason is Reason.UNSUPPORTED
    assert network.gateways == ()


def links_only(root: Path) -> Reading[Network]:
    return known(Network("psutil", (link("eth0"),), missing(Reason.UNSUPPORTED, "no routes")))


def test_netifaces_adds_the_gateways(tmp_path: Path) -> None:
    fake = SimpleNamespace(
        AF_INET=2,
        AF_INET6=10,
        gateways=lambda: {"default": {2: ("192.0.2.1", "eth0")}, 2: [("192.0.2.1", "eth0", True)]},
    )
    network = from_netifaces(tmp_path, load=lambda name: fake, links=links_only).need()
    assert network.gateways == (Route("default", "192.0.2.1", "eth0", 0),)
    assert [one.name for one in network.links] == ["eth0"]


def test_netifaces_that_is_not_installed_is_absent(tmp_path: Path) -> None:
    def load(name: str) -> Any:
        raise ImportError(name)

    assert from_netifaces(tmp_path, load=load).reason is Reason.ABSENT


def test_the_real_netifaces_agrees_with_the_kernel(tmp_path: Path) -> None:
    pytest.importorskip("netifaces", reason="the extra [netifaces] is not installed")
    found = from_netifaces(tmp_path, load=import_module).need()
    assert {one.name for one in found.links} == {one.name for one in from_psutil(tmp_path).need().links}


def test_the_first_source_that_answers_is_taken_and_the_others_are_named(tmp_path: Path) -> None:
    def broken(root: Path) -> Reading[Network]:
        return missing(Reason.DENIED, "rtnetlink: Operation not permitted")

    network = read_network(tmp_path, sources={"netlink": broken, "psutil": links_only}).need()
    assert network.source == "psutil"
    assert network.notes == ("netlink: denied, rtnetlink: Operation not permitted",)
    assert read_network(tmp_path, sources={"netlink": broken}).reason is Reason.DENIED


def test_default_routes_without_gateway_are_not_gateways() -> None:
    routes = (
        Route("default", "", "ppp0", 0),
        Route("default", "2001:db8::1", "a", 10),
        Route("default", "192.0.2.2", "b", 200),
        Route("default", "192.0.2.1", "a", 100),
    )
    found = Network("test", (), known(routes)).gateways
    assert [route.gateway for route in found] == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]


def test_a_card_is_a_link_without_kind() -> None:
    one: Link = link("eth0")
    assert one.is_card and not link("va", kind="veth").is_card
