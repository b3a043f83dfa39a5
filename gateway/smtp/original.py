"""The original recipient of RFC 3461 section 4.2, from ORCPT= to the field of a notice (RFC 6533 section 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.smtp.xtext import BadXtext, decode_utf8_address, decode_xtext, encode_utf8_address, encode_xtext

_ADDRESS_TYPE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,30}[A-Za-z0-9])?\Z")


@dataclass(frozen=True, slots=True)
class OriginalRecipient:
    """Address type as the client spelled it, address decoded."""

    kind: str
    address: str

    @classmethod
    def parse(cls, value: str) -> OriginalRecipient:
        """The value of an ORCPT parameter, as a client sent it or as `parameter` made it.

        Raises:
            BadXtext: it is not `type;address`, is not encoded as its type wants, or hides control characters.
        """
        kind, semicolon, encoded = value.partition(";")
        if not semicolon or not encoded or not _ADDRESS_TYPE.match(kind):
            raise BadXtext()
        address = _utf8_address(encoded) if kind.lower() == "utf-8" else decode_xtext(encoded)
        if not address.isprintable():
            raise BadXtext()
        return cls(kind, address)

    @property
    def is_utf8(self) -> bool:
        return self.kind.lower() == "utf-8"

    def parameter(self) -> str:
        """The value of an ORCPT parameter, in the form that needs no SMTPUTF8."""
        encode = encode_utf8_address if self.is_utf8 else encode_xtext
        return f"{self.kind};{encode(self.address)}"

    def field(self, *, utf8: bool) -> str:
        """As in a notice's Original-Recipient field (RFC 3464 section 2.3.1, RFC 6533 section 4).

        Outside a utf-8 notice an address beyond ASCII takes the form in which it is ASCII.
        """
        plain = utf8 if self.is_utf8 else self.address.isascii()
        return f"{self.kind.lower()}; {self.address if plain else encode_utf8_address(self.address)}"


def _utf8_address(encoded: str) -> str:
    # A hop that could not pass utf-8 on may have put xtext on top of the ASCII form.
    return decode_utf8_address(decode_xtext(encoded) if "+" in encoded else encoded)
