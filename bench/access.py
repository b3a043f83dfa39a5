"""What an access decision costs: parser, tables of 10,000 entries, shared counters, the hooks of the engine.

    python -m bench.access [--json bench-access.json]

Microseconds per call, the best of several runs; nothing is asked of DNS.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import timeit
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import click

from gateway.access.handler import AccessHandler
from gateway.access.hat import Peer
from gateway.access.hat_text import parse_hat
from gateway.access.limits import SenderLimits
from gateway.access.rat import parse_rat
from gateway.access.receiving import ReceivingControl
from gateway.access.shared import Gauges, SharedTable, Windows, key_of
from gateway.access.sources import HostDns
from gateway.logs.maillog import MailLog
from gateway.smtp.address import Mailbox
from gateway.smtp.parameters import parse_mail_command, parse_rcpt_command
from gateway.smtp.session import Envelope, Session
from gateway.smtp.settings import ListenerSettings
from mailward.output import print_table

ENTRIES = 10_000
WORKERS = 4
Call = Callable[[], object]


def large_hat() -> str:
    """A table with as many sources, a quarter each of addresses, blocks, hosts and domains."""
    pick = random.Random(1).randrange
    lines = ["$LIMITED ACCEPT { max_rcpts_per_hour = 1000000000 dhap_limit = 1000 }", "BIG:"]
    for number in range(ENTRIES // 4):
        octets = f"{pick(1, 224)}.{pick(256)}.{pick(256)}"
        lines += [
            f"{octets}.{pick(256)}",
            f"{octets}.0/24",
            f"h{number}.example.com",
            f".d{number}.example.net",
        ]
    return "\n".join([*lines, "REJECT", "ALL $LIMITED"])


def large_rat() -> str:
    entries = (f"user{n}@d{n}.example ACCEPT\n.e{n}.example ACCEPT" for n in range(ENTRIES // 2))
    return "\n".join([*entries, "example.com ACCEPT", "ALL REJECT"])


def calls(folder: Path) -> Iterator[tuple[str, Call]]:
    """What is measured."""
    plain, parameters = (
        "<user.name@mail.example.com>",
        "<user.name@mail.example.com> SIZE=10000 BODY=8BITMIME",
    )
    yield "MAIL, plain path", lambda: parse_mail_command(plain)
    yield "MAIL, two parameters", lambda: parse_mail_command(parameters)
    yield "RCPT, internationalized", lambda: parse_rcpt_command("<ü@bücher.example>", utf8=True)
    hosts, recipients = parse_hat(large_hat()), parse_rat(large_rat())
    peer = Peer(ip_address("203.0.113.7"), "mx.a.d999.example.net", HostDns.VERIFIED, 1.5)
    yield f"HAT of {ENTRIES}", lambda: hosts.decide(peer)
    mailbox = Mailbox("a", "b.e999.example")
    yield f"RAT of {ENTRIES}", lambda: recipients.decide(mailbox)
    rates = SharedTable(folder / "rates", 0, WORKERS)
    connections = SharedTable(folder / "connections", 0, WORKERS, clear=True)
    windows = Windows(rates)
    key = key_of("bench", b"192.0.2.1")
    yield "counter, add", lambda: windows.add(key, 1, 3600, 1000.0)
    yield f"counter, sum over {WORKERS} workers", lambda: windows.count(key, 3600, 1000.0)
    control = ReceivingControl(hosts, recipients, SenderLimits(windows, Gauges(connections)))
    hooks = AccessHandler(control, ListenerSettings("In", "mx", "Management"), MailLog(folder / "log"))
    session, envelope = Session(asyncio.get_running_loop(), 1, "203.0.113.7", 4000), Envelope()
    taken = Mailbox("a", "example.com")

    def connection() -> None:
        hooks.handle_CONNECT(session)
        hooks.handle_CLOSE(session)

    yield "hooks, connection and close", connection
    hooks.handle_CONNECT(session)
    yield "hooks, MAIL", lambda: hooks.handle_MAIL(session, envelope, taken)
    yield "hooks, RCPT under two limits", lambda: hooks.handle_RCPT(session, envelope, taken)


async def measure() -> dict[str, float]:
    """Microseconds by name."""
    with tempfile.TemporaryDirectory(prefix="bench-access-") as name:
        return {
            what: min(timeit.repeat(call, number=5000, repeat=7)) / 5000 * 1e6
            for what, call in calls(Path(name))
        }


@click.command()
@click.option("--json", "json_path", type=Path, help="Write the figures there too.")
def main(json_path: Path | None) -> None:
    """Measure and print a table."""
    figures = asyncio.run(measure())
    print_table(["call", "µs"], [(what, f"{cost:.2f}") for what, cost in figures.items()])
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
