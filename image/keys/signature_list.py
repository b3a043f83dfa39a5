"""EFI signature lists: what the firmware's variables PK, KEK, db and dbx hold (UEFI 2.10, section 32.4.1).

Pure: bytes to values and back.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from mailward.errors import BadInput

X509 = UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")  # EFI_CERT_X509_GUID
SHA256 = UUID("c1c41626-504c-4092-aca9-41f936934328")  # EFI_CERT_SHA256_GUID

_HEADER = struct.Struct("<16sIII")  # type, size of the list, of its header, of one signature (owner included)
_OWNER = 16


class BadSignatureList(BadInput):
    """Fields: reason, offset (octets from the start)."""

    key = "image.signature-list"
    sentence = "this is no EFI signature list: {reason} at octet {offset}"
    remedy = "Take an .esl file as `mailward keys init`, cert-to-efi-sig-list or efi-readvar make it"


@dataclass(frozen=True)
class Signature:
    """One entry. kind: what `data` is, `X509` (a DER certificate) or `SHA256`, for example. owner: who put it there."""

    kind: UUID
    owner: UUID
    data: bytes


def encode(signatures: Iterable[Signature]) -> bytes:
    """Each signature in a list of its own: certificates differ in size, and a list has one size for all of its own."""
    return b"".join(
        _HEADER.pack(one.kind.bytes_le, _HEADER.size + _OWNER + len(one.data), 0, _OWNER + len(one.data))
        + one.owner.bytes_le
        + one.data
        for one in signatures
    )


def decode(content: bytes) -> list[Signature]:
    """What is in the lists, in order. Raises `BadSignatureList`; nothing is read past the end of anything."""
    found: list[Signature] = []
    offset = 0
    while offset < len(content):
        if len(content) - offset < _HEADER.size:
            raise BadSignatureList(reason="a header that is cut off", offset=offset)
        kind, size, header, each = _HEADER.unpack_from(content, offset)
        body = size - _HEADER.size - header
        if body < 0 or size > len(content) - offset:
            raise BadSignatureList(reason="a list with an impossible size", offset=offset)
        if each < _OWNER or body % each:
            raise BadSignatureList(reason="signatures that do not fill their list", offset=offset)
        first = offset + _HEADER.size + header
        for start in range(first, first + body, each):
            owner = UUID(bytes_le=content[start : start + _OWNER])
            found.append(Signature(UUID(bytes_le=kind), owner, content[start + _OWNER : start + each]))
        offset += size
    return found


def certificates(owner: UUID, ders: Sequence[bytes]) -> bytes:
    """The list that trusts these DER certificates."""
    return encode(Signature(X509, owner, der) for der in ders)
