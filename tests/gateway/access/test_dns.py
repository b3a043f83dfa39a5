"""Names to ask DNS for."""

from __future__ import annotations

from ipaddress import ip_address

from gateway.access.dns import list_name, reverse_name


def test_names_to_ask_for() -> None:
    v4, v6 = ip_address("192.0.2.1"), ip_address("2001:db8::1")
    assert reverse_name(v4) == "1.2.0.192.in-addr.arpa"
    assert reverse_name(ip_address("::ffff:192.0.2.1")) == "1.2.0.192.in-addr.arpa"
    assert list_name(v4, "bl.example") == "1.2.0.192.bl.example"
    assert list_name(v6, "bl.example").startswith("1.0.0.0.0.0.0.0.0.0")
    assert list_name(v6, "bl.example").endswith("8.b.d.0.1.0.0.2.bl.example")
