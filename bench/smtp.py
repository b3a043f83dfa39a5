"""Accept-and-relay against Postfix on the same disk, with Postfix's own smtp-source and smtp-sink.

    python -m bench.smtp [--rounds 3] [--json bench-smtp.json] [--only relay-10k] [--no-postfix]

Needs root (Postfix insists) and Debian's postfix. Everything listens on loopback. Both servers relay to one
smtp-sink while they accept; `accepted` is what smtp-source saw, `relayed` counts until the sink has
everything.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from mailward.output import print_table
from mailward.progress import say, step
from tests.gateway.service.running import Service, free_port


@dataclass(frozen=True, slots=True)
class Case:
    """One load.

    Attributes:
        floor: what issue 4 asks for: times Postfix, or MB/s accepted.
    """

    name: str
    octets: int
    messages: int
    sessions: int
    keep: bool
    floor: float
    unit: str


CASES = (
    Case("relay-10k", 10_240, 4000, 20, False, 1.5, "x"),
    Case("kept-100k", 102_400, 2000, 20, True, 100, "MB/s"),
    Case("kept-5m", 5_000_000, 100, 10, True, 150, "MB/s"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """Messages per second accepted and relayed, megabytes (10^6 octets) per second accepted."""

    case: str
    server: str
    accepted: float
    relayed: float
    megabytes: float


def tool(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/postfix/sbin")
    if found is None:
        raise click.ClickException(f"{name} is missing: apt-get install postfix")
    return found


def terminate_in_order() -> None:
    """SIGTERM ends a bench through its `finally` clauses, so that no server stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class Counter:
    """smtp-sink with its running count."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._out = (folder / "sink").open("wb+")
        self._process = subprocess.Popen(
            [tool("smtp-sink"), "-c", "-u", "nobody", f"127.0.0.1:{self.port}", "1000"],
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )
        wait_for_port(self.port)

    def count(self) -> int:
        """Messages so far: the last column of the last line."""
        text = Path(self._out.name).read_bytes()[-200:]
        found = re.findall(rb"mesg=(\d+)", text)
        return int(found[-1]) if found else 0

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._out.close()


def wait_for_port(port: int, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise click.ClickException(f"nothing listens on port {port}")


@contextmanager
def mailward(folder: Path, relay: int, workers: int) -> Iterator[int]:
    place = folder / "mailward"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    with Service(place, relay, workers=workers) as service:
        wait_for_port(service.port)
        yield service.port


MAIN = """compatibility_level = 3.6
queue_directory = {place}/queue
data_directory = {place}/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = peer.example.com
mydestination =
local_recipient_maps =
relay_domains = example.com
relayhost = [127.0.0.1]:{relay}
mynetworks =
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions =
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
message_size_limit = 104857600
maillog_file = {place}/maillog
maillog_file_prefixes = {place}
alias_maps =
smtp_dns_support_level = disabled
smtp_host_lookup = native
"""


@contextmanager
def postfix(folder: Path, relay: int, workers: int) -> Iterator[int]:
    """A Postfix of its own beside any that runs, with Debian's defaults apart from what the test needs."""
    place = folder / "postfix"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    (place / "queue").mkdir()
    (place / "data").mkdir()
    shutil.chown(place / "data", "postfix")
    port = free_port()
    (place / "main.cf").write_text(MAIN.format(place=place, relay=relay))
    master = Path("/usr/share/postfix/master.cf.dist").read_text()
    master = re.sub(r"^smtp      inet", f"127.0.0.1:{port} inet", master, count=1, flags=re.MULTILINE)
    # No chroot: the queue folder has none of the files it would need.
    master = re.sub(r"^(\S+\s+\S+\s+\S+\s+\S+\s+)y", r"\1n", master, flags=re.MULTILINE)
    (place / "master.cf").write_text(master)
    run = [tool("postfix"), "-c", str(place)]
    subprocess.run([*run, "start"], check=True, capture_output=True)
    try:
        wait_for_port(port)
        yield port
    finally:
        subprocess.run([*run, "abort"], check=False, capture_output=True)
        shutil.rmtree(place, ignore_errors=True)


SERVERS = {"mailward": mailward, "postfix": postfix}


def measure(case: Case, server: str, folder: Path, workers: int) -> Result:
    sink = Counter(folder)
    try:
        with SERVERS[server](folder, sink.port, workers) as port:
            words = [tool("smtp-source"), *(["-d"] if case.keep else []), "-s", str(case.sessions)]
            words += ["-l", str(case.octets), "-m", str(case.messages)]
            words += ["-f", "a@b.example", "-t", "x@example.com", f"127.0.0.1:{port}"]
            start = time.monotonic()
            subprocess.run(words, check=True)
            accepted = time.monotonic() - start
            while sink.count() < case.messages:
                if time.monotonic() - start > 120:
                    raise click.ClickException(f"{server} relayed {sink.count()} of {case.messages} only")
                time.sleep(0.02)
            relayed = time.monotonic() - start
    finally:
        sink.close()
    rate = case.messages / accepted
    return Result(case.name, server, rate, case.messages / relayed, rate * case.octets / 1e6)


@click.command()
@click.option("--rounds", default=3, show_default=True, help="The median counts.")
@click.option("--json", "json_path", type=Path, help="Write results there.")
@click.option("--only", multiple=True, type=click.Choice([case.name for case in CASES]))
@click.option("--workers", default=len(os.sched_getaffinity(0)), show_default=True)
@click.option(
    "--directory", type=Path, help="On the disk to measure; default is the system's for temporary files."
)
@click.option("--no-postfix", is_flag=True, help="Leave the peer out.")
def main(
    rounds: int,
    json_path: Path | None,
    only: tuple[str, ...],
    workers: int,
    directory: Path | None,
    no_postfix: bool,
) -> None:
    """Measure; exit status 1 if a floor is missed."""
    terminate_in_order()
    servers = ["mailward"] if no_postfix else ["mailward", "postfix"]
    results: list[Result] = []
    with tempfile.TemporaryDirectory(dir=directory, prefix="bench-smtp-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for case in CASES:
            if only and case.name not in only:
                continue
            with step(
                f"{case.name}: {case.messages} messages of {case.octets} octets, {case.sessions} sessions"
            ):
                for _ in range(rounds):
                    for server in servers:
                        result = measure(case, server, folder, workers)
                        results.append(result)
                        say(f"{server}: {result.accepted:.0f} accepted/s, {result.relayed:.0f} relayed/s")
    missed = report(results)
    if json_path is not None:
        json_path.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
    sys.exit(1 if missed else 0)


def median(results: list[Result], case: str, server: str, what: str) -> float | None:
    values = [getattr(r, what) for r in results if (r.case, r.server) == (case, server)]
    return statistics.median(values) if values else None


def report(results: list[Result]) -> bool:
    """Print the table; True if a floor is missed."""
    rows: list[list[object]] = []
    missed = False
    for case in CASES:
        ours = median(results, case.name, "mailward", "accepted")
        if ours is None:
            continue
        theirs = median(results, case.name, "postfix", "accepted")
        megabytes = median(results, case.name, "mailward", "megabytes") or 0
        ratio = ours / theirs if theirs else None
        value = ratio if case.unit == "x" else megabytes
        fine = value is None or value >= case.floor
        missed = missed or not fine
        relayed = median(results, case.name, "mailward", "relayed") or 0
        their_relayed = median(results, case.name, "postfix", "relayed")
        rows.append(
            [
                case.name,
                f"{ours:.0f}",
                f"{theirs:.0f}" if theirs else "-",
                f"{ratio:.2f}" if ratio else "-",
                f"{relayed:.0f}",
                f"{their_relayed:.0f}" if their_relayed else "-",
                f"{megabytes:.0f}",
                f"{case.floor:g} {case.unit}",
                "ok" if fine else "MISSED",
            ]
        )
    print_table(
        ["case", "accepted/s", "postfix", "ratio", "relayed/s", "postfix", "MB/s", "floor", ""],
        rows,
        title="Accept and relay, durable",
    )
    return missed


if __name__ == "__main__":
    main()
