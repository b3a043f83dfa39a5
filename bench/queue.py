"""A queue that grows to 100,000 messages while nothing leaves, and the service started again on top of it.

    python -m bench.queue [--messages 100000] [--batch 10000] [--json bench-queue.json]

Needs Debian's postfix for its smtp-source. Delivery is suspended. The fall of the rate is that of a straight
line through the rates of all batches (least squares), from the first batch to the last: one batch that a
neighbour on the machine slowed down does not decide. Memory is the sum over all processes of the
proportional set size where the kernel shows it (/proc/PID/smaps_rollup), which counts shared pages once; else
of the resident set size.
"""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from bench.smtp import terminate_in_order, tool, wait_for_port
from mailward.output import print_table
from mailward.progress import say, step
from tests.gateway.service.running import Service

OCTETS = 4096
SESSIONS = 20
FALL_FLOOR = 10.0  # percent
START_FLOOR = 3.0  # seconds
MEMORY_FLOOR = 300.0  # MB, 10^6 octets
NOWHERE = 9  # discard: nothing listens there


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes (10^6 octets) of all processes of the service; `kind` is PSS or RSS."""

    kind: str
    megabytes: float
    rss: float
    processes: int


@dataclass(frozen=True, slots=True)
class Result:
    """Messages per second of each batch, seconds to ready, memory at its highest."""

    messages: int
    rates: list[float]
    fall: float
    empty: float
    after_stop: float
    after_kill: float
    memory: Memory


def fall(rates: Sequence[float]) -> float:
    """Percent by which a line through the rates falls from the first to the last."""
    if len(rates) < 2:
        return 0.0
    slope, intercept = statistics.linear_regression(range(len(rates)), rates)
    return -100 * slope * (len(rates) - 1) / intercept


def processes(root: int) -> list[int]:
    """A process and all below it."""
    children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
    return [root, *(pid for child in children for pid in processes(int(child)))]


def _kilobytes(file: Path, field: str) -> int:
    for line in file.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0])
    return 0


def memory(root: int) -> Memory:
    places = [Path(f"/proc/{pid}") for pid in processes(root)]
    rss = sum(_kilobytes(place / "status", "VmRSS") for place in places) * 1024 / 1e6
    try:
        pss = sum(_kilobytes(place / "smaps_rollup", "Pss") for place in places) * 1024 / 1e6
    except OSError:
        return Memory("RSS", rss, rss, len(places))
    return Memory("PSS", pss, rss, len(places))


def now_memory(service: Service) -> Memory:
    assert service.process is not None
    return memory(service.process.pid)


def until_ready(service: Service, messages: int) -> float:
    """Start it; seconds until it greets a client and answers an administrator with the right number."""
    start = time.monotonic()
    service.start()
    wait_for_port(service.port)
    with socket.create_connection(("127.0.0.1", service.port), 20) as sock:
        if not sock.recv(512).startswith(b"220 "):
            raise click.ClickException("no banner")
    found = service.ask("status")["messages"]
    took = time.monotonic() - start
    if found != messages:
        raise click.ClickException(f"{found} messages in the queue, not {messages}")
    return took


def enqueue(service: Service, messages: int) -> float:
    """Messages per second."""
    words = [tool("smtp-source"), "-d", "-s", str(SESSIONS), "-l", str(OCTETS), "-m", str(messages)]
    start = time.monotonic()
    subprocess.run(
        [*words, "-f", "a@b.example", "-t", "x@example.com", f"127.0.0.1:{service.port}"], check=True
    )
    return messages / (time.monotonic() - start)


def measure(service: Service, messages: int, batch: int) -> Result:
    empty = until_ready(service, 0)
    service.ask("delivery.suspend", delay=0)
    rates: list[float] = []
    seen = [now_memory(service)]
    with step(f"{messages} messages of {OCTETS} octets, {SESSIONS} sessions, kept connections"):
        for first in range(0, messages, batch):
            rates.append(enqueue(service, min(batch, messages - first)))
            seen.append(now_memory(service))
            say(f"{first + batch}: {rates[-1]:.0f}/s, {seen[-1].megabytes:.0f} MB")
    with step("start again after SIGTERM, and after kill -9"):
        service.stop()
        after_stop = until_ready(service, messages)
        seen.append(now_memory(service))
        service.kill()
        after_kill = until_ready(service, messages)
        seen.append(now_memory(service))
    most = max(seen, key=lambda one: one.megabytes)
    return Result(messages, rates, fall(rates), empty, after_stop, after_kill, most)


@click.command()
@click.option("--messages", default=100_000, show_default=True, type=click.IntRange(2))
@click.option("--batch", default=10_000, show_default=True, type=click.IntRange(1))
@click.option("--workers", default=2, show_default=True)
@click.option("--json", "json_path", type=Path, help="Write the figures there too.")
@click.option("--directory", type=Path, help="On the disk to measure; default is that of temporary files.")
def main(messages: int, batch: int, workers: int, json_path: Path | None, directory: Path | None) -> None:
    """Measure; exit status 1 if a floor is missed."""
    terminate_in_order()
    with tempfile.TemporaryDirectory(dir=directory, prefix="bench-queue-") as name:
        service = Service(Path(name), NOWHERE, workers=workers)
        try:
            result = measure(service, messages, batch)
        finally:
            if service.process is not None and service.process.poll() is None:
                service.stop()
    missed = report(result, batch)
    if json_path is not None:
        json_path.write_text(json.dumps(asdict(result), indent=2) + "\n")
    sys.exit(1 if missed else 0)


def report(result: Result, batch: int) -> bool:
    """Print the tables; True if a floor is missed."""
    print_table(
        ["messages", "accepted/s"],
        [
            (min((number + 1) * batch, result.messages), f"{rate:.0f}")
            for number, rate in enumerate(result.rates)
        ],
        title="Enqueue rate by batch",
    )
    most = result.memory
    floors = [
        ("rate falls by", result.fall, FALL_FLOOR, "%"),
        ("ready after SIGTERM", result.after_stop, START_FLOOR, "s"),
        ("ready after kill -9", result.after_kill, START_FLOOR, "s"),
        (f"memory ({most.kind}, {most.processes} processes)", most.megabytes, MEMORY_FLOOR, "MB"),
    ]
    rows = [
        (what, f"{value:.1f} {unit}", f"< {floor:g} {unit}", "ok" if value < floor else "MISSED")
        for what, value, floor, unit in floors
    ]
    rows.append(("ready with an empty queue", f"{result.empty:.1f} s", "-", ""))
    rows.append(("sum of RSS, shared pages counted each time", f"{most.rss:.0f} MB", "-", ""))
    print_table(["what", "measured", "floor", ""], rows, title=f"{result.messages} queued messages")
    return any(value >= floor for _, value, floor, _ in floors)


if __name__ == "__main__":
    main()
