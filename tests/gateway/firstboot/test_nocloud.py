"""cloud-init's NoCloud seed: what is read of it, and that the rest is told and not guessed."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.elements.roles import Role
from gateway.config.model import Config
from gateway.firstboot.errors import BadSeed
from gateway.firstboot.netplan import Cards
from gateway.firstboot.nocloud import parse_nocloud
from gateway.firstboot.seed import Seed, SeedUser, compose

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJMr3ljzLnDLV3Ii1iuPLmE6sYJyBOvzvlYNcGqJvHRq ann@example.com"
CARDS = Cards(
    {"ens3": "Management", "ens4": "Data 1", "ens5": "Data 2", "ens6": "Data 3"},
    {"ens3": "52:54:00:00:00:01", "ens4": "52:54:00:00:00:02"},
)
RELEASE = Config.model_validate(
    {"hostname": "mailward.localdomain", "users": [{"user_name": "admin", "role": "administrator"}]}
)


def seed(user: str = "", meta: str = "", network: str = "") -> Seed:
    files = {"user-data": user and f"#cloud-config\n{user}", "meta-data": meta, "network-config": network}
    return parse_nocloud({name: text.encode() for name, text in files.items()}, CARDS)


def test_what_a_cloud_gives() -> None:
    found = seed(
        f"""
fqdn: mx.example.com
timezone: Europe/Berlin
ntp: {{servers: [ntp.example.com], pools: [pool.example.com]}}
ssh_authorized_keys: ["{KEY}"]
users:
  - default
  - name: ann
    gecos: Ann Müller
    groups: [mailward-operator]
    lock_passwd: false
    passwd: $6$salt$ann
  - {{name: bob, groups: "users, mailward-helpdesk", ssh_authorized_keys: ["{KEY}"], passwd: $6$salt$bob}}
  - {{name: root2, sudo: "ALL=(ALL) NOPASSWD:ALL"}}
packages: [vim]
runcmd: [[reboot]]
""",
        "instance-id: i-1\nlocal-hostname: other.example.com\n",
    )
    config = compose(found, RELEASE)
    users = {user.user_name: user for user in config.users}
    assert config.hostname == "mx.example.com"
    assert (config.time.timezone, config.time.ntp_servers) == (
        "Europe/Berlin",
        ["ntp.example.com", "pool.example.com"],
    )
    assert users["admin"].ssh_keys == [KEY] and users["admin"].role is Role.ADMINISTRATOR
    assert (users["ann"].role, users["ann"].password_hash) == (Role.OPERATOR, "$6$salt$ann")
    assert (users["bob"].role, users["bob"].password_hash) == (Role.HELPDESK, ""), (
        "a password is locked by default"
    )
    assert users["root2"].role is Role.ADMINISTRATOR
    assert found.ignored == ("packages", "runcmd")


def test_hostname_of_the_meta_data() -> None:
    assert seed(meta="local-hostname: mx.example.com").hostname == "mx.example.com"


def test_network() -> None:
    found = seed(
        network="""
version: 2
ethernets:
  ens3: {addresses: [192.0.2.10/24, "2001:db8::10/64"], gateway4: 192.0.2.1, mtu: 9000,
         nameservers: {addresses: [192.0.2.53, "2001:db8::53"]}}
  lan:
    match: {macaddress: "52:54:00:00:00:02"}
  a: {match: {name: "ens5"}}
  b: {match: {name: "ens6*"}}
bonds:
  inside: {interfaces: [a, b], parameters: {mode: 802.3ad}, dhcp4: true}
vlans:
  dmz: {id: 120, link: lan, addresses: [198.51.100.2/28],
        routes: [{to: 10.0.0.0/8, via: 198.51.100.1}, {to: "::/0", via: "2001:db8::1"}]}
""",
        meta="local-hostname: mx.example.com",
    )
    config = compose(found, RELEASE)
    interfaces = {i.interface_name: i for i in config.ip_interfaces}
    assert (interfaces["Management"].port_name, interfaces["Management"].ipv6) == (
        "Management",
        "2001:db8::10",
    )
    assert (interfaces["inside"].port_name, interfaces["inside"].dhcp) == ("inside", True)
    assert (interfaces["dmz"].ipv4, interfaces["dmz"].ipv4_prefix) == ("198.51.100.2", 28)
    assert [(v.vlan_name, v.vlan_id, v.port_name) for v in config.vlans] == [("dmz", 120, "Data 1")]
    assert [(p.pair_name, p.ports, p.mode.value) for p in config.nic_pairs] == [
        ("inside", ["Data 2", "Data 3"], "802.3ad")
    ]
    assert (config.routing.default_gateway, config.routing.default_gateway_ipv6) == (
        "192.0.2.1",
        "2001:db8::1",
    )
    assert [(r.destination, r.gateway) for r in config.routing.routes] == [("10.0.0.0/8", "198.51.100.1")]
    assert [server.ip for server in config.dns.servers] == ["192.0.2.53", "2001:db8::53"]
    assert config.ethernet_ports[0].mtu == 9000


def test_network_below_its_own_name() -> None:
    assert seed(network="network: {version: 2, ethernets: {ens3: {dhcp4: true}}}").settings["ip_interfaces"]


def test_a_whole_configuration_with_users_over_it() -> None:
    xml = "<config><hostname>mx.example.com</hostname></config>"
    packed = base64.b64encode(xml.encode()).decode()
    for content in (
        f"content: {xml}",
        f"{{encoding: b64, content: {packed}}}".replace("{", "").replace("}", ""),
    ):
        entry = content.replace(", ", "\n    ")
        found = seed(f"write_files:\n  - path: /configuration/config.xml\n    {entry}\n")
        assert found.configuration == xml.encode()


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("hostname: [a]", "user-data/hostname must be a text"),
        ("users: [{gecos: x}]", "user-data/users/1 has no name"),
        ("users: [{name: ann, lock_passwd: false, passwd: secret}]", "must be a hash"),
        ("password: secret", "must be a hash"),
        ("write_files: [{path: /etc/passwd, content: x}]", "only /configuration/config.xml can be written"),
        ("write_files: [{path: /configuration/config.xml, content: x, encoding: gz+b64}]", "encoding gz+b64"),
        ("a: &x [1]\nb: *x", "line 3: has an alias"),
        ("hostname: a\nhostname: b", "hostname is there twice"),
        ("hostname: !!python/object/apply:os.system [id]", "is not YAML"),
        ("- just\n- a list", "must be a mapping"),
        ("ntp: yes please", "user-data/ntp must be a mapping"),
    ],
)
def test_bad_user_data_is_refused_whole(user: str, why: str) -> None:
    with pytest.raises(BadSeed) as caught:
        seed(user)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("network", "why"),
    [
        ("version: 1\nconfig: []", "must be version 2"),
        ("{version: 2, wifis: {}}", "wifis, which is not known"),
        ("{version: 2, ethernets: {ens9: {dhcp4: true}}}", "there are: ens3, ens4, ens5, ens6"),
        ("{version: 2, ethernets: {x: {match: {macaddress: '00:00:00:00:00:09'}}}}", "00:00:00:00:00:09"),
        ("{version: 2, ethernets: {ens3: {addresses: [10.0.0.1/24], dhcp4: true}}}", "one or the other"),
        ("{version: 2, ethernets: {ens3: {addresses: [10.0.0.1/24, 10.0.0.2/24]}}}", "two addresses"),
        ("{version: 2, vlans: {v: {id: 1, link: ens3}}}", "there is no ens3 in network-config"),
        (
            "{version: 2, ethernets: {ens3: {}, ens4: {}}, bonds: {b: {interfaces: [ens3]}}}",
            "two of the ethernets",
        ),
        (
            "{version: 2, ethernets: {ens3: {gateway4: 10.0.0.1}, ens4: {gateway4: 10.0.0.2}}}",
            "two default gateways",
        ),
        ("{version: 2, ethernets: {ens3: {gateway4: ten}}}", "ten"),
    ],
)
def test_bad_networks(network: str, why: str) -> None:
    with pytest.raises(BadSeed) as caught:
        seed(network=network)
    assert why in str(caught.value)


def test_what_the_model_refuses_is_a_sentence_too() -> None:
    with pytest.raises(BadSeed, match="vlans/0/vlan_id"):
        found = seed(network="{version: 2, ethernets: {ens3: {}}, vlans: {v: {id: 5000, link: ens3}}}")
        compose(found, RELEASE)
    with pytest.raises(BadSeed, match="password_hash"):
        compose(Seed("test", users=(SeedUser("admin", password_hash="$x$"),)), RELEASE)


def test_scripts_do_not_run() -> None:
    with pytest.raises(BadSeed, match="scripts are not run"):
        parse_nocloud({"user-data": b"#!/bin/sh\nreboot\n"}, CARDS)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_anything_is_a_seed_or_refused(user: bytes, network: bytes) -> None:
    with contextlib.suppress(BadSeed):
        parse_nocloud({"user-data": b"#cloud-config\n" + user, "network-config": network}, CARDS)


_words = st.sampled_from(
    [
        "version",
        "ethernets",
        "bonds",
        "vlans",
        "ens3",
        "addresses",
        "match",
        "name",
        "id",
        "link",
        "users",
        "sudo",
    ]
)
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["10.0.0.1/24", "ens3"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(_words, _values, max_size=5))
def test_any_shape_is_a_seed_or_refused(value: dict[str, object]) -> None:
    import yaml

    text = yaml.safe_dump({**value, "version": 2}).encode()
    with contextlib.suppress(BadSeed):
        parse_nocloud({"user-data": b"#cloud-config\n" + text, "network-config": text}, CARDS)
