"""LLDP frames per second: our codec against scapy's and pypacker's.

    python -m bench.lldp [--frames 20000] [--rounds 5] [--json bench-lldp.json]

Every frame differs (chassis, port, system name, sender), carries 13 TLVs in some 200 octets like those of a
data-centre switch, three of them DCBX, and is given as the octets of an Ethernet frame. Seconds are of the
process's own processor time, on one core. The peers are not dependencies: one that is in neither the environment
nor Debian's packages (python3-scapy) is left out.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from hwmgmt.net.lldp import dcbx
from hwmgmt.net.lldp.neighbour import neighbour
from hwmgmt.net.lldp.tlv import NEAREST_BRIDGE, Frame, Kind, Lldpdu, decode, encode, join, split
from mailward.output import print_table

# Where apt puts python3-scapy, which an environment does not see. Last, so that nothing else comes from there.
sys.path.append("/usr/lib/python3/dist-packages")

Work = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Result:
    """`best` and `median` over the rounds, in frames per second."""

    what: str
    by: str
    best: int
    median: int


def frame(number: int) -> bytes:
    """The frame of switch `number`."""
    serial = number.to_bytes(4, "big")
    unit = Lldpdu(
        b"\x04\x00\x05" + serial,
        b"\x05Ethernet1/%d" % (number % 48 + 1),
        120,
        (
            (Kind.PORT_DESCRIPTION, b"uplink to mail"),
            (Kind.SYSTEM_NAME, b"nexus-%06d" % number),
            (Kind.SYSTEM_DESCRIPTION, b"Cisco Nexus Operating System (NX-OS) Software 7.3(8)N1(1)"),
            (Kind.SYSTEM_CAPABILITIES, b"\0\x14\0\x14"),
            (Kind.MANAGEMENT_ADDRESS, b"\x05\x01" + serial + b"\x02\0\0\0\x01\0"),
            (Kind.ORGANIZATION, dcbx.OUI_IEEE_8021 + b"\x01\0\x09"),
            (Kind.ORGANIZATION, dcbx.ETS_CONFIGURATION + bytes(21)),
            (Kind.ORGANIZATION, dcbx.PFC + b"\x08\x08"),
            (Kind.ORGANIZATION, dcbx.APPLICATION_PRIORITY + b"\0\x61\x89\x06"),
        ),
    )
    return join(Frame(NEAREST_BRIDGE, b"\x02\0" + serial, None, 0x88CC, encode(unit)))


def ours() -> Iterable[tuple[str, Work]]:
    yield "decode", lambda octets: decode(split(octets).payload)
    yield "decode, FCoE announced?", lambda octets: dcbx.fcoe_priorities(decode(split(octets).payload))
    yield "decode, all texts", lambda octets: neighbour(decode(split(octets).payload))


def scapy() -> Iterable[tuple[str, Work]]:
    """Scapy takes a frame apart into one object per TLV; it knows no DCBX."""
    ether: Any = import_module("scapy.layers.l2").Ether
    import_module("scapy.contrib.lldp")
    yield "decode", ether


def pypacker() -> Iterable[tuple[str, Work]]:
    """pypacker is lazy: its TLV list is asked for, or nothing would have been decoded."""
    ethernet: Any = import_module("pypacker.layer12.ethernet").Ethernet
    lldp: Any = import_module("pypacker.layer12.lldp").LLDP
    yield "decode", lambda octets: [tlv.header_len for tlv in ethernet(octets)[lldp].tlvlist]


# Frames per second that were promised for decoding.
PROMISED = 100_000

CONTENDERS = {"mailward": ours, "scapy": scapy, "pypacker": pypacker}


def measure(work: Work, frames: list[bytes], rounds: int) -> tuple[int, int]:
    """Frames per second, best and median."""
    rates = []
    for _ in range(rounds):
        started = time.process_time()
        for octets in frames:
            work(octets)
        rates.append(len(frames) / (time.process_time() - started))
    return int(max(rates)), int(statistics.median(rates))


@click.command()
@click.option("--frames", default=20_000, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(frames: int, rounds: int, json_file: Path | None) -> None:
    """Measure and print."""
    corpus = [frame(number) for number in range(frames)]
    results = []
    for name, make in CONTENDERS.items():
        try:
            label = f"{name} {version(name)}"
        except PackageNotFoundError:
            click.echo(f"{name} is not installed: left out", err=True)
            continue
        for what, work in make():
            # The slow ones get a tenth of the frames; rates are per frame.
            some = corpus if name == "mailward" else corpus[: max(1, frames // 10)]
            results.append(Result(what, label, *measure(work, some, rounds)))
    fastest = {result.what: result.best for result in results if result.by.startswith("mailward")}
    print_table(
        ("what", "by", "best frames/s", "median", "ours is"),
        [
            (one.what, one.by, f"{one.best:,}", f"{one.median:,}", f"{fastest[one.what] / one.best:.1f} x")
            for one in results
        ],
    )
    kept = fastest["decode"] >= PROMISED
    click.echo(f"Promised were {PROMISED:,} frames/s: {'kept' if kept else 'NOT kept'}.")
    if json_file:
        document = {"frames": frames, "octets": len(corpus[0]), "results": [asdict(one) for one in results]}
        json_file.write_text(json.dumps(document, indent=2) + "\n")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
