"""Bounce verification: a tag on envelope senders that forged bounces lack (draft-levine-smtp-batv, `prvs`).

`prvs=KDDDSSSSSS=local@domain`: K names the key, DDD is the day after which the tag is stale (days since 1970
modulo 1000), SSSSSS the first three octets of HMAC-SHA1 over `KDDD` and the untagged address.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LIFE = 7  # days a tag is good for
CYCLE = 1_000
_TAGGED = re.compile(r"prvs=([0-9])([0-9]{3})([0-9a-f]{6})=(.+)", re.IGNORECASE)


class TagVerdict(StrEnum):
    """What the recipient of a bounce says about the bounce."""

    GOOD = "good"
    UNTAGGED = "untagged"
    STALE = "stale"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class TaggedSender:
    """An address with its tag taken off, and what the tag was worth."""

    address: str
    verdict: TagVerdict


def tag(sender: str, keys: Mapping[int, bytes], current: int, now: float) -> str:
    """`sender` tagged with key number `current` (0-9). The null path and tagged senders stay as they are."""
    if not sender or _TAGGED.match(sender):
        return sender
    day = (int(now // 86_400) + LIFE) % CYCLE
    return f"prvs={current}{day:03d}{_sign(keys[current], current, day, sender)}={sender}"


def untag(address: str, keys: Mapping[int, bytes], now: float) -> TaggedSender:
    """Checks and removes the tag of an address that a bounce is sent to."""
    match = _TAGGED.fullmatch(address)
    if match is None:
        return TaggedSender(address, TagVerdict.UNTAGGED)
    number, day, sender = int(match[1]), int(match[2]), match[4]
    key = keys.get(number)
    if key is None or not hmac.compare_digest(_sign(key, number, day, sender), match[3].lower()):
        return TaggedSender(sender, TagVerdict.FORGED)
    left = (day - int(now // 86_400)) % CYCLE
    return TaggedSender(sender, TagVerdict.GOOD if left <= LIFE else TagVerdict.STALE)


def _sign(key: bytes, number: int, day: int, sender: str) -> str:
    text = f"{number}{day:03d}{sender.lower()}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, text, "sha1")[:3].hex()
