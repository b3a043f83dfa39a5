"""Encodings of DSN parameters: xtext (RFC 3461 §4) and utf-8 addresses (RFC 6533 §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEX = re.compile(r"\+([0-9A-F]{2})")
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
_UNICODE = re.compile(r"\\x\{([0-9A-F]{2,6})\}")
_TYPE = re.compile(r"[A-Za-z0-9.-]{1,32}")


def encode(text: str) -> str:
    """ASCII `text` as xtext. Raises UnicodeEncodeError for anything else."""
    return "".join(
        chr(octet) if 33 <= octet <= 126 and octet not in b"+=" else f"+{octet:02X}"
        for octet in text.encode("ascii")
    )


def decode(text: str) -> str | None:
    """The text behind xtext; None if it is not xtext or hides control characters or octets above 126."""
    if not _XTEXT.fullmatch(text):
        return None
    plain = _HEX.sub(lambda match: chr(int(match[1], 16)), text)
    return plain if all(" " <= char <= "~" for char in plain) else None


@dataclass(frozen=True, slots=True)
class OriginalRecipient:
    """An ORCPT parameter: address type in lower case and the address."""

    kind: str
    address: str

    def to_field(self, *, utf8: bool) -> str:
        """As in a DSN's Original-Recipient field (RFC 3464 §2.3.1, RFC 6533 §4).

        Outside a utf-8 DSN a utf-8 address takes the form in which it is ASCII.
        """
        if self.kind == "utf-8" and not utf8:
            return f"utf-8; {to_unitext(self.address)}"
        return f"{self.kind}; {self.address}"


def to_unitext(address: str) -> str:
    """A utf-8 address in ASCII: other characters as `\\x{HEX}` (RFC 6533 §3, utf-8-addr-unitext)."""
    return "".join(
        char if "!" <= char <= "~" and char not in "\\+=" else f"\\x{{{ord(char):02X}}}" for char in address
    )


def parse_original(value: str) -> OriginalRecipient | None:
    """`type;address` of an ORCPT parameter; None if it is neither xtext nor a utf-8 address."""
    kind, semicolon, rest = value.partition(";")
    if not semicolon or not rest or not _TYPE.fullmatch(kind):
        return None
    kind = kind.lower()
    if kind != "utf-8":
        plain = decode(rest)
        return OriginalRecipient(kind, plain) if plain else None
    if any(ord(char) < 33 or ord(char) == 127 or 0xD800 <= ord(char) <= 0xDFFF for char in rest):
        return None
    try:
        # A hop that could not pass utf-8 on may have put xtext on top of the unitext form.
        address = _UNICODE.sub(lambda match: chr(int(match[1], 16)), _HEX.sub(_from_hex, rest))
    except (ValueError, OverflowError):
        return None
    bad = any(ord(char) < 32 or ord(char) == 127 or 0xD800 <= ord(char) <= 0xDFFF for char in address)
    return None if bad else OriginalRecipient(kind, address)


def _from_hex(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))
