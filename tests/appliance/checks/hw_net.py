"""Checks of links, LLDP and the guard inside a booted appliance. Run as root; one JSON line per check.

    {"check": "hw.net.links", "ok": true, "detail": "…"}

The guest needs a virtio network card and the module veth. Standard library and our own packages only, and
`ip`. The exit status is the number of checks that failed.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hwmgmt.models.detect import detect
from hwmgmt.net import dcb, fwagent, guard
from hwmgmt.net.ethtool import Ethtool
from hwmgmt.net.fibre import Medium, medium_of
from hwmgmt.net.fwagent import Agent
from hwmgmt.net.links import Link, Network
from hwmgmt.net.lldp.dcbx import APPLICATION_PRIORITY
from hwmgmt.net.lldp.listen import ALL_ENODES, Heard, Sighting, listen
from hwmgmt.net.lldp.tlv import NEAREST_BRIDGE, Frame, Kind, Lldpdu, encode, join
from hwmgmt.net.sources import read_network
from hwmgmt.reading import Reason
from mailward.errors import MailwardError

# What a check can end with; it failed then, and the others still run.
BROKEN = (AssertionError, MailwardError, OSError, subprocess.SubprocessError, ValueError, LookupError)

FAR, NEAR = "mwcheck0", "mwcheck1"
SENDER = bytes.fromhex("02059b7161c8")
UNIT = Lldpdu(
    bytes.fromhex("0400059b7161c0"),
    b"\x05Ethernet1/17",
    120,
    ((Kind.SYSTEM_NAME, b"check-switch"), (Kind.ORGANIZATION, APPLICATION_PRIORITY + b"\0\x61\x89\x06")),
)


def network() -> Network:
    found = read_network().need()
    assert found.source == "netlink", f"read by {found.source}: {found.notes}"
    return found


def cards() -> tuple[Link, ...]:
    found = tuple(link for link in network().links if link.is_card)
    assert found, "no network card"
    return found


def links() -> str:
    """The guest has a card with a driver, a MAC address and an MTU, and the loopback has its address."""
    found = network()
    lo = found.link("lo")
    assert lo is not None and lo.kind == "loopback"
    for card in cards():
        assert card.driver.ok and card.mac and card.mtu >= 576, card
    gateways = ", ".join(route.gateway for route in found.gateways) or "none"
    return ", ".join(f"{card.name} ({card.driver.value})" for card in cards()) + f", gateways {gateways}"


def command() -> str:
    """The command prints the same as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "mailward", "hw", "links", "--json"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    names = {link["name"] for link in json.loads(done.stdout)["links"]}
    assert names == {link.name for link in network().links}, names
    return f"{len(names)} links"


def private_flags() -> str:
    """A virtual card has no private flags: unsupported, with the kernel's words, and no agent either."""
    ethtool = Ethtool()
    for card in cards():
        flags = ethtool.private_flags(card.name)
        assert flags.reason is Reason.UNSUPPORTED, f"{card.name}: {flags} {flags.detail}"
        assert ethtool.set_private_flag(card.name, "disable-fw-lldp", True).reason is Reason.UNSUPPORTED
        assert fwagent.read(card.name, card.driver, ethtool).value is Agent.NONE
    assert ethtool.private_flags("mwnone").reason is Reason.ABSENT
    return flags.detail


def dcb_state() -> str:
    """A virtual card has no DCB: unsupported (the kernel has DCB), absent for no interface."""
    found = dcb.read(cards()[0].name)
    assert found.reason is Reason.UNSUPPORTED, found
    assert dcb.read("mwnone").reason is Reason.ABSENT
    return found.detail


def media() -> str:
    """No virtual card is taken for fibre."""
    model = detect()
    found = {card.name: medium_of(card, Ethtool(), model).medium for card in cards()}
    assert set(found.values()) == {Medium.VIRTUAL}, found
    return f"{found}"


@contextmanager
def cable() -> Iterator[None]:
    def ip(*words: str) -> None:
        subprocess.run(["ip", "link", *words], check=True, capture_output=True, timeout=20)

    ip("add", FAR, "type", "veth", "peer", "name", NEAR)
    try:
        ip("set", FAR, "up")
        ip("set", NEAR, "up")
        yield
    finally:
        ip("delete", FAR)


@contextmanager
def talking(*frames: Frame) -> Iterator[None]:
    """A cable on whose far end somebody sends these frames three times a second."""
    over = threading.Event()
    with cable(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sender:
        sender.bind((FAR, 0))

        def send() -> None:
            while not over.wait(0.3):
                for frame in frames:
                    sender.send(join(frame))

        thread = threading.Thread(target=send)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


LLDP_FRAME = Frame(NEAREST_BRIDGE, SENDER, None, 0x88CC, encode(UNIT))
FIP_FRAME = Frame(ALL_ENODES, SENDER, 0x6002, 0x8914, bytes(60))


def hear() -> str:
    """LLDP with FCoE and a tagged FIP frame, sent into one end of a veth cable, are heard at the other."""
    with talking(LLDP_FRAME, FIP_FRAME):
        heard = listen([NEAR], 10, until=lambda found: _strangers(found[NEAR].otherwise(())) >= 2)
    by = {one.protocol: one for one in heard[NEAR].need() if one.source == SENDER.hex(":")}
    assert set(by) == {Heard.LLDP, Heard.FIP}, heard
    who = by[Heard.LLDP].neighbour.need()
    assert (who.system_name, who.port, who.fcoe_priorities) == ("check-switch", "Ethernet1/17", (3,)), who
    assert (by[Heard.FIP].vlan, by[Heard.FIP].priority) == (2, 3), by
    return str(who)


def _strangers(sightings: tuple[Sighting, ...]) -> int:
    return sum(one.source == SENDER.hex(":") for one in sightings)


def denied() -> str:
    """Who has no rights is told so, and nothing raises."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.setuid(65534)
        os.write(write, listen([cards()[0].name], 1)[cards()[0].name].reason.encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        reason = answer.read()
    assert reason == Reason.DENIED, reason
    return reason


def verdict() -> str:
    """The guard is clear here: a virtual model, or one of the guarded models in name only, without fibre."""
    started = time.monotonic()
    found = guard.check(detect())
    assert found.clear, found
    assert time.monotonic() - started < 5
    return found.because


def blocked() -> str:
    """Were this a C695F, the switch on the cable would keep it from rebooting, by name."""
    with tempfile.TemporaryDirectory() as root, talking(LLDP_FRAME):
        told = Path(root, "var/configuration")
        told.mkdir(parents=True)
        (told / "model").write_text("C695F\n")
        model = detect(Path(root))
        assert model.candidates == ("C695F",), model
        found = guard.check(model, seconds=10, told=[NEAR])
    assert not found.clear and not any(one.confirmable for one in found.findings), found
    assert "check-switch" in found.findings[0].remedy, found
    return found.findings[0].what


CHECKS: dict[str, Callable[[], str]] = {
    "hw.net.links": links,
    "hw.net.command": command,
    "hw.net.private-flags": private_flags,
    "hw.net.dcb": dcb_state,
    "hw.net.media": media,
    "hw.net.listen": hear,
    "hw.net.denied": denied,
    "hw.net.guard": verdict,
    "hw.net.guard-blocks": blocked,
}


def main() -> int:
    wrong = 0
    for name, check in CHECKS.items():
        try:
            detail, good = check(), True
        except BROKEN as error:
            detail, good = f"{type(error).__name__}: {error}", False
        wrong += not good
        print(json.dumps({"check": name, "ok": good, "detail": detail}), flush=True)
    return wrong


if __name__ == "__main__":
    # As root started from anywhere, with our packages on the path of the appliance's Python.
    sys.path.insert(0, str(Path.cwd()))
    sys.exit(main())
