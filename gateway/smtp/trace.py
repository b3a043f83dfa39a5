"""Trace headers, and the few headers the engine itself looks at.

Headers are searched in octets; the email package is far too slow for every message.
"""

from __future__ import annotations

import time
from email.errors import HeaderParseError
from email.header import decode_header, make_header


def stamp(now: float) -> str:
    """Date and time as RFC 5322 §3.3 wants it, in the local zone."""
    return time.strftime("%a, %d %b %Y %H:%M:%S %z", time.localtime(now))


def received(
    *, helo: str, name: str, host: str, by: str, protocol: str, mid: int, recipient: str, when: str
) -> bytes:
    """A Received: line (RFC 5321 §4.4); `recipient` is empty when there are several."""
    literal = f"[IPv6:{host}]" if ":" in host else f"[{host}]"
    source = f"({name} {literal})" if name else f"({literal})"
    target = f"\r\n\tfor <{recipient}>" if recipient else ""
    way = f"by {by} with {protocol} id MID{mid}{target}"
    return f"Received: from {helo} {source}\r\n\t{way}; {when}\r\n".encode()


def headers(head: bytes) -> bytes:
    """The header part of a message's first octets, with a CRLF in front of each field."""
    end = head.find(b"\r\n\r\n")
    return b"\r\n" + (head if end < 0 else head[: end + 2])


def hops(block: bytes) -> int:
    """How many Received: fields there are (RFC 5321 §6.3)."""
    return block.lower().count(b"\r\nreceived:")


def field(block: bytes, lowered: bytes, name: bytes) -> bytes:
    """The first field `name` (lower case), unfolded; empty if none. `lowered` is ``block.lower()``."""
    start = lowered.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = block.find(b"\r\n", start)
    while 0 <= end < len(block) - 2 and block[end + 2] in b" \t":
        end = block.find(b"\r\n", end + 2)
    value = block[start:] if end < 0 else block[start:end]
    return value.replace(b"\r\n", b"").strip()


def text(value: bytes) -> str:
    """A field's text for people: encoded words decoded (RFC 2047), undecodable octets replaced."""
    raw = value.decode("utf-8", "replace")
    if "=?" not in raw:
        return raw
    try:
        return str(make_header(decode_header(raw)))
    except (HeaderParseError, UnicodeError, LookupError):
        return raw
