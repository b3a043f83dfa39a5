"""The OVF environment: the properties of our OVA, and strangers'."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.model import Config
from gateway.firstboot.errors import BadSeed
from gateway.firstboot.ovf import parse_environment
from gateway.firstboot.seed import compose
from image.forms.ovf import PROPERTIES
from tests.gateway.apply.made import KEY

NAMESPACE = "http://schemas.dmtf.org/ovf/environment/1"
XML = "<config><hostname>mx.example.com</hostname></config>"


def environment(*properties: tuple[str, str], root: str = "Environment", more: str = "") -> bytes:
    lines = "".join(f'<Property oe:key="{key}" oe:value="{value}"/>' for key, value in properties)
    return f"""<?xml version="1.0" encoding="UTF-8"?>{more}
<{root} xmlns="{NAMESPACE}" xmlns:oe="{NAMESPACE}" xmlns:ve="http://www.vmware.com/schema/ovfenv" oe:id="">
  <PlatformSection><Kind>VMware ESXi</Kind><Version>8.0.2</Version></PlatformSection>
  <PropertySection>{lines}</PropertySection>
  <ve:EthernetAdapterSection><ve:Adapter ve:mac="00:50:56:00:00:01"/></ve:EthernetAdapterSection>
</{root}>""".encode()


def test_what_was_typed_into_the_dialogue() -> None:
    seed = parse_environment(
        environment(
            ("mailward.model", "C300V"),
            ("mailward.admin.password", "$6$salt$hash"),
            ("mailward.admin.authorized-keys", "ssh-ed25519 AAAA ann"),
            ("mailward.configuration", base64.b64encode(XML.encode()).decode()),
            ("vendor.other", "theirs"),
        )
    )
    assert seed is not None
    assert (seed.model, seed.configuration, seed.source) == ("C300V", XML.encode(), "OVF properties")
    assert seed.users[0].password_hash == "$6$salt$hash"
    assert seed.users[0].ssh_keys == ("ssh-ed25519 AAAA ann",)


def test_every_property_of_the_ova_is_known() -> None:
    """image/forms/ovf.py asks for them."""
    values = {
        "network.address": "192.0.2.10/24",
        "network.gateway": "192.0.2.1",
        "admin.authorized-keys": KEY,
        "network.dns": "192.0.2.53, 2001:db8::53",
    }
    values |= {"admin.password": "$6$s$h", "configuration": base64.b64encode(XML.encode()).decode()}
    names = [one.name.removeprefix("mailward.") for one in PROPERTIES]
    found = parse_environment(
        environment(*((f"mailward.{name}", values.get(name, "mx.example.com")) for name in names))
    )
    assert found is not None
    config = compose(found, Config(hostname="mailward.localdomain", users=[]))
    assert (config.hostname, config.ip_interfaces[0].ipv4) == ("mx.example.com", "192.0.2.10")
    assert config.routing.default_gateway == "192.0.2.1"
    assert [server.ip for server in config.dns.servers] == ["192.0.2.53", "2001:db8::53"]


def test_a_dialogue_left_empty_is_no_seed() -> None:
    assert parse_environment(environment(("mailward.model", "C100V"), ("mailward.configuration", ""))) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (environment(("mailward.admin.pasword", "x")), "has the properties admin.pasword"),
        (environment(("mailward.admin.password", "secret")), "is not a hash"),
        (environment(("mailward.configuration", "%%%")), "is not base64"),
        (environment(("mailward.model", "a"), ("mailward.model", "b")), "model twice"),
        (environment(root="Envelope"), "must be an <Environment>"),
        (environment(more="<!DOCTYPE a [<!ENTITY b 'c'>]>"), "document type"),
        (b"<Environment", "not well-formed"),
        (b"\0" * 5_000_000, "more than 4 MB"),
        (environment(more="<!-- -->").replace(b"<PropertySection>", b"<PropertySection><Property/>"), "needs oe:key"),
        (environment(("mailward.network.address", "192.0.2.10")), "has no prefix"),
        (environment(("mailward.network.dns", "ns.example.com")), "ns.example.com"),
    ],
)  # fmt: skip
def test_bad_ones_are_refused(text: bytes, why: str) -> None:
    with pytest.raises(BadSeed) as caught:
        parse_environment(text)
    assert why in str(caught.value)


@given(
    st.binary(max_size=300)
    | st.text(max_size=60).map(lambda t: environment(("mailward.hostname", "x")) + t.encode())
)
def test_anything_is_a_seed_or_refused(text: bytes) -> None:
    with contextlib.suppress(BadSeed):
        parse_environment(text)
