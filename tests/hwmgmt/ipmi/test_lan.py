from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from hwmgmt.ipmi import lan
from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi.fake_bmc import SILENCE, FakeBmc

PARAMETERS = {
    3: b"\xc0\x00\x02\x09",
    4: b"\x01",
    5: b"\x00\x25\xb5\x00\x00\x01",
    6: b"\xff\xff\xff\x00",
    20: b"\x0a\x80",
}


def parameter(data: bytes) -> bytes | int:
    found = PARAMETERS.get(data[1])
    return 0x80 if found is None else b"\x11" + found + b"junk"


def test_settings_each_with_a_reason() -> None:
    settings = lan.read(FakeBmc({(0xC, 2): parameter, (6, 0x41): b"\x02\x04"}), 1)
    assert settings.address.need() == IPv4Address("192.0.2.9")
    assert settings.netmask.need() == IPv4Address("255.255.255.0")
    assert settings.mac.need() == "00:25:b5:00:00:01"
    assert settings.source.need() is lan.AddressSource.STATIC
    assert settings.vlan.need() == 10
    assert settings.access.need() is lan.AccessMode.ALWAYS
    assert settings.gateway.reason is Reason.UNSUPPORTED


def test_reserved_values_are_malformed() -> None:
    bmc = FakeBmc({(0xC, 2): b"\x11\x0f", (6, 0x41): b"\x07\x00"})
    settings = lan.read(bmc, 1)
    assert settings.source.reason is Reason.MALFORMED
    assert settings.access.reason is Reason.MALFORMED
    assert settings.mac.reason is Reason.MALFORMED


def test_channels_are_the_ones_on_a_lan() -> None:
    medium = {1: b"\x01\x04", 2: b"\x02\x84", 6: b"\x06\x01"}
    bmc = FakeBmc({(6, 0x42): lambda data: medium.get(data[0], 0xCC)})
    assert lan.channels(bmc) == (1, 2)


def test_no_channel_is_absent_and_silence_is_silence() -> None:
    with pytest.raises(NoAnswer) as caught:
        lan.first_channel(FakeBmc({}))
    assert caught.value.reason is Reason.ABSENT
    bmc = FakeBmc({(6, 0x42): SILENCE})
    with pytest.raises(NoAnswer):
        lan.first_channel(bmc)
    assert len(bmc.asked) == 1


def test_a_static_address() -> None:
    bmc = FakeBmc({(0xC, 1): b""})
    lan.set_static(bmc, 1, "192.0.2.9/24", IPv4Address("192.0.2.1"))
    assert bmc.sent(0xC, 1) == [
        b"\x01\x00\x01",
        b"\x01\x04\x01",
        b"\x01\x03\xc0\x00\x02\x09",
        b"\x01\x06\xff\xff\xff\x00",
        b"\x01\x0c\xc0\x00\x02\x01",
        b"\x01\x00\x00",
    ]


@pytest.mark.parametrize(
    ("network", "gateway"), [("192.0.2.9", None), ("192.0.2.9/24", "198.51.100.1"), ("x/1", None)]
)
def test_bad_addresses_change_nothing(network: str, gateway: str | None) -> None:
    bmc = FakeBmc({(0xC, 1): b""})
    with pytest.raises(ValueError):
        lan.set_static(bmc, 1, network, IPv4Address(gateway) if gateway else None)
    assert bmc.asked == []


def test_dhcp_and_vlan_also_without_a_progress_mark() -> None:
    bmc = FakeBmc({(0xC, 1): lambda data: 0x80 if data[1] == 0 else b""})
    lan.set_dhcp(bmc, 1)
    lan.set_vlan(bmc, 1, 10)
    lan.set_vlan(bmc, 1, 0)
    assert [data for data in bmc.sent(0xC, 1) if data[1]] == [
        b"\x01\x04\x02",
        b"\x01\x14\x0a\x80",
        b"\x01\x14\x00\x00",
    ]


def test_access_is_set_now_and_for_later_and_keeps_the_other_bits() -> None:
    bmc = FakeBmc({(6, 0x41): b"\x28\x04", (6, 0x40): b""})
    lan.set_access(bmc, 1, lan.AccessMode.ALWAYS)
    assert bmc.sent(6, 0x40) == [b"\x01\x6a\x44", b"\x01\xaa\x84"]


def test_what_a_bmc_accepts_and_does_not_keep_is_named() -> None:
    found = lan.read(FakeBmc({(0xC, 2): parameter, (6, 0x41): b"\x02\x04"}), 1)
    kept = {"address": IPv4Address("192.0.2.9"), "vlan": 10, "source": lan.AddressSource.STATIC}
    assert lan.not_kept(found, kept) == ()
    other = {"address": IPv4Address("192.0.2.7"), "source": lan.AddressSource.DHCP}
    assert lan.not_kept(found, other) == (
        "address 192.0.2.7 (it kept 192.0.2.9)",
        "source dhcp (it kept static)",
    )
    assert lan.not_kept(found, {"gateway": IPv4Address("192.0.2.1")}) == (), "it could not be read"
