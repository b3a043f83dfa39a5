"""`dnsconfig`: name servers, of the whole world and of single domains."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from gateway.config.elements.delivery import Dns, DnsServer, DnsZone
from gateway.console.call import Call
from gateway.console.fields import of_field
from gateway.console.handlers import Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Many, Question, Text
from gateway.console.settings import Settings
from gateway.console.values import plain

SERVERS = Listing(
    ("dns", "servers"),
    "name server",
    "ip",
    (
        of_field(DnsServer, "ip", "Please enter the IP address of your DNS server."),
        of_field(DnsServer, "port", "Please enter the port it answers on."),
        of_field(DnsServer, "trusted", "Do you believe its word on DNSSEC?"),
    ),
    element=DnsServer,
    ordered=True,
)


def _server(text: str) -> DnsServer:
    try:
        return DnsServer.model_validate({"ip": text})
    except ValidationError as error:
        raise ValueError("must be IP addresses, separated by commas") from error


def _spelled(call: Call, answers: Answers, old: Any) -> Answers:
    return {**answers, "servers": [_server(ip) for ip in answers["servers"]]}


ZONES = Listing(
    ("dns", "zones"),
    "alternate server",
    "domain",
    (
        of_field(DnsZone, "domain", "Please enter the domain this server is to be asked about."),
        Question(
            "servers",
            "Please enter the IP addresses of its servers, separated by commas.",
            Many(Text(lambda text: _server(text).ip), 1),
        ),
    ),
    element=DnsZone,
    finish=_spelled,
)

SETUP = Settings(
    ("dns",),
    (
        of_field(Dns, "deadline", "Enter the number of seconds a question may take in all."),
        of_field(
            Dns, "verification_timeout", "Enter the number of seconds for all questions about one peer."
        ),
    ),
)


def _show(call: Call) -> Any:
    config = call.config
    if config.dns.servers:
        call.say("Currently using the local DNS cache servers:")
        for number, server in enumerate(config.dns.servers, 1):
            trusted = ", trusted" if server.trusted else ""
            call.say(f"{number}. {server.ip} port {server.port}{trusted}")
    else:
        call.say("Currently using the name servers that DHCP names.")
    for zone in config.dns.zones:
        call.say(f"Alternate for {zone.domain}: {', '.join(server.ip for server in zone.servers)}")
    return plain(config.dns)


DNSCONFIG = Menu(
    _show,
    *SERVERS.operations(),
    Operation("ALTERNATE", "Servers for single domains.", Menu(ZONES.show, *ZONES.operations())),
    Operation("SETUP", "Configure general settings.", SETUP.action()),
)
