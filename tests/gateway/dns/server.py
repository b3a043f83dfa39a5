"""A real authoritative DNS server on loopback, over UDP and TCP, for tests.

Names in `secure` come with the AD bit, as a validating resolver next door would set it. Names in `broken` get
SERVFAIL; names in `silent` get nothing; names in `truncated` are answered over TCP only.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from gateway.dns.resolver import NameServer, Resolver


@dataclass
class Zone:
    """Records as lines of master-file text by (name, type)."""

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    secure: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    truncated: set[str] = field(default_factory=set)
    ttl: int = 300
    asked: list[str] = field(default_factory=list)

    def add(self, name: str, kind: str, *values: str, secure: bool = False) -> None:
        self.records[name.lower(), kind] = list(values)
        if secure:
            self.secure.add(name.lower())

    def answer(self, wire: bytes, *, tcp: bool) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}{' tcp' if tcp else ''}")
        if name in self.silent:
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        if name in self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire(max_size=65_535 if tcp else 0)
        if name in self.truncated and not tcp:
            reply.flags |= dns.flags.TC
            return reply.to_wire(max_size=65_535 if tcp else 0)
        secure = name in self.secure
        for _ in range(8):
            alias = self.records.get((name, "CNAME"))
            if alias is None or kind == "CNAME":
                break
            reply.answer.append(self._rrset(name, "CNAME", alias))
            name = alias[0].rstrip(".").lower()
            secure = secure and name in self.secure
        values = self.records.get((name, kind))
        if values is not None:
            reply.answer.append(self._rrset(name, kind, values))
        elif not any(owner == name or owner.endswith("." + name) for owner, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        if secure:
            reply.flags |= dns.flags.AD
        return reply.to_wire(max_size=65_535 if tcp else 0)

    def _rrset(self, name: str, kind: str, values: list[str]) -> dns.rrset.RRset:
        owner = dns.name.from_text(name)
        return dns.rrset.from_text(owner, self.ttl, dns.rdataclass.IN, dns.rdatatype.from_text(kind), *values)


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = self._zone.answer(data, tcp=False)
        if reply is not None:
            self._transport.sendto(reply, addr)


@asynccontextmanager
async def serving(zone: Zone, *, trusted: bool = True) -> AsyncIterator[NameServer]:
    """Runs `zone`; gives the server to hand to a resolver."""

    async def tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        reply = zone.answer(await reader.readexactly(length), tcp=True)
        if reply is not None:
            writer.write(struct.pack("!H", len(reply)) + reply)
            await writer.drain()
        writer.close()

    loop = asyncio.get_running_loop()
    for chance in range(20):
        transport, _ = await loop.create_datagram_endpoint(lambda: _Udp(zone), ("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        try:
            server = await asyncio.start_server(tcp, "127.0.0.1", port)
            break
        except OSError:
            transport.close()  # the same number is taken on the TCP side
            if chance == 19:
                raise
    try:
        yield NameServer("127.0.0.1", port, trusted)
    finally:
        transport.close()
        server.close()


@asynccontextmanager
async def resolving(zone: Zone, *, trusted: bool = True, attempt: float = 0.2) -> AsyncIterator[Resolver]:
    """A resolver that asks `zone` over the network."""
    async with serving(zone, trusted=trusted) as server:
        yield Resolver([server], attempt=attempt, deadline=2.0)
