"""A name server on the loopback that answers from a table."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Records = Mapping[tuple[str, str], list[str]]


class NameServer(asyncio.DatagramProtocol):
    """Answers from its records. Names below `fail` get SERVFAIL, those below `slow` no answer, others that it
    has no record of any type for NXDOMAIN.
    """

    def __init__(self, records: Records) -> None:
        self.records = records
        self._names = {name for name, _ in records}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = str(question.name).rstrip(".").lower(), question.rdtype.name
        zone = name.rpartition(".")[2]
        if zone == "slow":
            return
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if records := self.records.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *records))
        elif zone == "fail":
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self._names:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(reply.to_wire(), addr)


class NameServerThread:
    """One for tests that have no loop of their own; `port` is where it listens."""

    def __init__(self, records: Records) -> None:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(records,), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def _run(self, records: Records) -> None:
        async def serve() -> None:
            transport, _ = await self._loop.create_datagram_endpoint(
                lambda: NameServer(records), local_addr=("127.0.0.1", 0)
            )
            self.port: int = transport.get_extra_info("sockname")[1]
            self._over = asyncio.Event()
            self._ready.set()
            await self._over.wait()
            transport.close()

        self._loop.run_until_complete(serve())

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
