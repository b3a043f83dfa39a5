"""`dnsconfig` as a dialogue, inline and in a batch call."""

import pytest

from gateway.console.errors import BadAnswer, MissingAnswer, NotConfirmed, TooManyWords, UnknownOperation
from tests.gateway.console.scripted import Console

DIALOGUE = """Currently using the name servers that DHCP names.

Choose the operation you want to perform:
- NEW - Add a new name server.
- PRINT - List all name servers.
- ALTERNATE - Servers for single domains.
- SETUP - Configure general settings.
[]> new
Please enter the IP address of your DNS server.
[]> 192.0.2
'192.0.2' does not appear to be an IPv4 or IPv6 address.
Please enter the IP address of your DNS server.
[]> 192.0.2.53
Please enter the port it answers on.
[53]>
Do you believe its word on DNSSEC? [N]> y
Added name server 192.0.2.53.

Currently using the local DNS cache servers:
1. 192.0.2.53 port 53, trusted

Choose the operation you want to perform:
- NEW - Add a new name server.
- EDIT - Modify a name server.
- DELETE - Remove a name server.
- PRINT - List all name servers.
- CLEAR - Remove all name servers.
- ALTERNATE - Servers for single domains.
- SETUP - Configure general settings.
[]>
"""


def test_a_server_is_added_in_a_dialogue(console: Console) -> None:
    shown = console.dialogue("dnsconfig", "new", "192.0.2", "192.0.2.53", "", "y", "")
    assert shown.replace("> \n", ">\n") == DIALOGUE
    assert [(s.ip, s.port, s.trusted) for s in console.config.dns.servers] == [("192.0.2.53", 53, True)]
    assert console.store.running().config.dns.servers == []


def test_the_inline_form_names_or_orders_its_words(console: Console) -> None:
    assert console.batch("dnsconfig", "new", "192.0.2.53", "trusted=yes")["trusted"] is True
    assert console.batch("dnsconfig", "new", "--ip", "192.0.2.54", "--port=5353")["port"] == 5353
    assert console.batch("dnsconfig", "edit", "192.0.2.54", "port=54")["port"] == 54
    assert console.batch("dnsconfig", "move", "192.0.2.54", "1") == ["192.0.2.54", "192.0.2.53"]
    assert console.batch("dnsconfig", "delete", "2") == {"removed": "192.0.2.53"}
    assert [server["ip"] for server in console.batch("dnsconfig")["servers"]] == ["192.0.2.54"]
    with pytest.raises(NotConfirmed):
        console.batch("dnsconfig", "clear")
    assert console.batch("dnsconfig", "clear", "--yes") == {"removed": 1}


def test_a_batch_call_says_what_it_lacks(console: Console) -> None:
    with pytest.raises(MissingAnswer, match="ip is missing"):
        console.batch("dnsconfig", "new")
    with pytest.raises(BadAnswer, match="port is not valid"):
        console.batch("dnsconfig", "new", "192.0.2.53", "port=70000")
    with pytest.raises(TooManyWords):
        console.batch("dnsconfig", "new", "192.0.2.53", "53", "no", "more")
    with pytest.raises(UnknownOperation, match="no operation frobnicate"):
        console.batch("dnsconfig", "frobnicate")
    assert console.config.dns.servers == []


def test_servers_for_a_domain(console: Console) -> None:
    console.batch("dnsconfig", "alternate", "new", "bücher.example", "192.0.2.1,192.0.2.2")
    [zone] = console.config.dns.zones
    assert [server.ip for server in zone.servers] == ["192.0.2.1", "192.0.2.2"]
    console.batch("dnsconfig", "alternate", "edit", "1", "servers=2001:db8::1")
    assert console.config.dns.zones[0].servers[0].ip == "2001:db8::1"
    console.batch("dnsconfig", "setup", "deadline=20")
    assert console.config.dns.deadline == 20


def test_ctrl_c_leaves_the_dialogue_and_changes_nothing(console: Console) -> None:
    with pytest.raises(KeyboardInterrupt):
        console.dialogue("dnsconfig", "new", "192.0.2.53", "^C")
    assert console.config.dns.servers == []
