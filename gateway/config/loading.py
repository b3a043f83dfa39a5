"""A file from elsewhere: of another machine, another release, a part only. It is taken whole or refused whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from lxml import etree

from gateway.config import reading
from gateway.config.adjust import Notice, NoticeKind, adjust
from gateway.config.errors import NetworkQuestion, OtherMajor
from gateway.config.machine import Machine
from gateway.config.model import Config
from gateway.config.reading import Reveal
from gateway.config.shape import shapes
from mailward.version import BadVersion, Version

# What makes the machine itself reachable (U8).
NETWORK = ("hostname", "ethernet_ports", "vlans", "nic_pairs", "ip_interfaces", "routing")
_FIELD = re.compile(r"^\s*([A-Za-z ]+):\s*(.*?)\s*$", re.MULTILINE)


class Network(StrEnum):
    """What to do with the network settings of a file."""

    KEEP = "keep"  # this machine's stay
    TAKE = "take"  # the file's


@dataclass(frozen=True, slots=True)
class Origin:
    """What the comment on top of a file says; empty and None where it says nothing."""

    model: str = ""
    serial: str = ""
    version: Version | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is to become the candidate, and what to tell beside."""

    config: Config
    origin: Origin
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Loading:
    """How to take a file. `network` may stay open only if the file is this machine's own or has no such settings."""

    machine: Machine
    running: Config
    reveal: Reveal
    now: datetime
    partial: bool = False
    network: Network | None = None

    def load(self, text: bytes, name: str = "text") -> Loaded:
        """The configuration in `text`.

        Raises ConfigBroken (all problems), OtherMajor, NetworkQuestion, Masked, NotDecrypted.
        """
        root = reading.tree(text, name)
        origin = origin_of(root)
        notices = list(self._release(origin, name))
        notices += adjust(root, self.now, origin.version)
        reader = reading.content(root, self.reveal, name)
        value: dict[str, Any] = dict(reader.value)
        if self.partial:
            value = {**{part: getattr(self.running, part) for part in shapes(Config)}, **value}
        network = self._network(reader.value, origin)
        if network is Network.KEEP:
            value.update({part: getattr(self.running, part) for part in NETWORK})
            notices += self._orphans(value)
        if origin.version is not None and str(origin.version) != self.machine.version:
            name = f"{name} (of release {origin.version})"
        return Loaded(reading.validated(reader, value, name), origin, tuple(notices))

    def _release(self, origin: Origin, name: str) -> Iterator[Notice]:
        """U14: another major release's is not compatible, another minor's is."""
        own = Version.parse(self.machine.version)
        if origin.version is None and self.partial:
            return  # pasted: nothing else is to be expected
        if origin.version is None:
            yield Notice(
                NoticeKind.REVIEW, "The file", f"does not say its release; it is taken for one of {own}"
            )
        elif origin.version.major != own.major:
            raise OtherMajor(path=name, found=origin.version, own=own)
        elif (origin.version.minor, origin.version.maintenance) != (own.minor, own.maintenance):
            yield Notice(
                NoticeKind.REVIEW,
                "The file",
                f"is of release {origin.version}, this is {own}: look whether what is new has the values you want",
            )

    def _network(self, given: dict[str, Any], origin: Origin) -> Network:
        """U8. A file of this very machine is taken as it is; of another one, it is a question."""
        if not any(part in given for part in NETWORK):
            return Network.TAKE
        if self.network is not None:
            return self.network
        if (origin.model, origin.serial) == (self.machine.model, self.machine.serial):
            return Network.TAKE
        whose = (
            f"a {origin.model} with serial {origin.serial}" if origin.model else "a machine it does not name"
        )
        raise NetworkQuestion(whose=whose, own=f"a {self.machine.model} with serial {self.machine.serial}")

    def _orphans(self, value: dict[str, Any]) -> Iterator[Notice]:
        """What the file says of interfaces and addresses that this machine has not."""
        names = {interface.interface_name for interface in self.running.ip_interfaces}
        own = {address for one in self.running.ip_interfaces for address in (one.ipv4, one.ipv6) if address}
        rules = value.get("source_rules")
        if isinstance(rules, list) and rules and isinstance(rules[0], dict):
            value["source_rules"] = kept = []
            for rule in rules:
                if str(rule.get("interface_name", "")) in names or "interface_name" not in rule:
                    kept.append(rule)
                else:
                    text = f"is dropped: this machine has no interface {rule['interface_name']}"
                    yield Notice(NoticeKind.DROPPED, f"source_rules/{rule.get('match', '')}", text)
        for listener in value.get("listeners") or ():
            if (
                isinstance(listener, dict)
                and (address := str(listener.get("ip", "")))
                and _foreign(address, own)
            ):
                text = f"listens on {address}, which this machine has not: change it, or nobody gets through"
                yield Notice(NoticeKind.REVIEW, f"listeners/{listener.get('listener_name', '')}", text)


def _foreign(address: str, own: set[str]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False  # the model refuses it
    return not (found.is_unspecified or found.is_loopback or address in own)


def origin_of(root: Any) -> Origin:
    """What the comments before the root say about where the file is from."""
    said: dict[str, str] = {}
    for node in root.itersiblings(preceding=True):
        if node.tag is etree.Comment:
            said.update(_FIELD.findall(node.text or ""))
    try:
        version = Version.parse(said.get("Version", ""))
    except BadVersion:
        version = None
    return Origin(said.get("Model Number", ""), said.get("Serial Number", ""), version)
