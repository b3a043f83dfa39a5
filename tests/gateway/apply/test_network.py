"""Ports, addresses and routes: what this machine can do of them, and what it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.apply.machine import Machine, read_cards
from gateway.apply.network import UNUSED, render_network
from gateway.apply.ports import device_name, find_ports
from gateway.apply.tree import File
from tests.gateway.apply.made import MACHINE, config, interface

FOLDER = "/run/systemd/network"


def content(files: object, name: str) -> list[str]:
    assert isinstance(files, dict)
    node = files[f"{FOLDER}/{name}"]
    assert isinstance(node, File)
    return node.content.decode().splitlines()


def test_without_a_port_nothing_is_said() -> None:
    files, problems = render_network(config(ip_interfaces=[interface(port_name=None)]), MACHINE)
    assert (files, problems) == ({}, [])


def test_ports_without_addresses_stop_asking_dhcp() -> None:
    files, _ = render_network(config(ip_interfaces=[interface()]), MACHINE)
    assert UNUSED in files
    assert "DHCP=no" in content(files, "80-mailward.network")


def test_dhcp_leaves_to_the_configuration_what_it_says() -> None:
    dhcp = interface(ipv4="", dhcp=True)
    files, problems = render_network(config(ip_interfaces=[dhcp]), MACHINE)
    lines = content(files, "10-ens3.network")
    assert problems == []
    assert {"DHCP=ipv4", "UseDNS=yes", "UseNTP=yes", "UseGateway=yes", "UseHostname=no"} <= set(lines)
    more = config(
        ip_interfaces=[dhcp],
        dns={"servers": [{"ip": "192.0.2.53"}]},
        time={"ntp_servers": ["192.0.2.1"]},
        routing={"default_gateway": "192.0.2.1"},
    )
    lines = content(render_network(more, MACHINE)[0], "10-ens3.network")
    assert {"UseDNS=no", "UseNTP=no", "UseGateway=no", "Gateway=192.0.2.1"} <= set(lines)


def test_a_port_that_is_not_here() -> None:
    """U8: a configuration of a machine with more ports."""
    files, problems = render_network(
        config(ip_interfaces=[interface(), interface(interface_name="Far", port_name="Data 7", ipv4="")]),
        MACHINE,
    )
    assert problems == [
        "interface Far: there is no port Data 7 here; there are: Management, Data 1, Data 2, Data 3"
    ]
    assert f"{FOLDER}/10-ens3.network" in files, "the rest is done"


def test_a_gateway_nobody_reaches() -> None:
    files, problems = render_network(
        config(ip_interfaces=[interface()], routing={"default_gateway": "203.0.113.1"}), MACHINE
    )
    assert problems == ["default gateway: the gateway 203.0.113.1 is in no network of an interface"]
    assert not [line for line in content(files, "10-ens3.network") if "203.0.113.1" in line]


def test_half_of_a_pair_has_no_address_of_its_own() -> None:
    pair = {"pair_name": "P", "ports": ["Management", "Data 1"]}
    _, problems = render_network(config(ip_interfaces=[interface()], nic_pairs=[pair]), MACHINE)
    assert problems == ["port Management (ens3) is half of a pair: addresses and VLANs go to the pair"]


def test_a_device_named_by_hand_is_the_port() -> None:
    named = config(ethernet_ports=[{"port_name": "Management", "device": "ens6"}])
    assert find_ports(named, MACHINE).devices["Management"] == "ens6"
    gone = config(ethernet_ports=[{"port_name": "Management", "device": "ens9"}])
    assert "Management" not in find_ports(gone, MACHINE).devices


def test_fewer_cards_than_ports() -> None:
    one = Machine(cards=("eth0",), port_names=("Management", "Data 1"))
    assert find_ports(config(), one).devices == {"Management": "eth0"}


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", fullmatch=True))
def test_names_of_devices_fit_the_kernel(name: str) -> None:
    made = device_name("vlan", name)
    assert len(made) <= 15 and made == device_name("vlan", name) and "/" not in made


def test_two_long_names_stay_two() -> None:
    assert device_name("pair", "Building_one_upper") != device_name("pair", "Building_one_lower")


@pytest.mark.parametrize("order", [("b", "a"), ("a", "b")])
def test_cards_are_in_the_order_of_their_slots(tmp_path: Path, order: tuple[str, str]) -> None:
    """Whatever the kernel called them, and a tunnel is none."""
    slots = {"a": "pci0000:00/0000:00:03.0", "b": "pci0000:00/0000:00:0a.0", "c": "pci0000:00/0000:00:10.0"}
    net = tmp_path / "sys/class/net"
    for name in (*order, "c"):
        device = tmp_path / "sys/devices" / slots[name]
        device.mkdir(parents=True)
        (net / name).mkdir(parents=True)
        (net / name / "device").symlink_to(device)
        (net / name / "type").write_text("1\n")
    for name, kind in (("lo", "772"), ("wg0", "65534")):
        (net / name).mkdir()
        (net / name / "type").write_text(f"{kind}\n")
    assert read_cards(tmp_path) == ("a", "b", "c")
