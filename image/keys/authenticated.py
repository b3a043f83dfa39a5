"""Authenticated updates of firmware variables: the `.auth` files (UEFI 2.10, section 8.2.2).

A descriptor (time, signature) stands before the new content; the firmware checks the signature over the
variable's name, vendor, attributes, the time, and the content.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from mailward.errors import BadInput

GLOBAL = UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")  # vendor of PK and KEK
IMAGE_SECURITY = UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")  # vendor of db and dbx
PKCS7_GUID = UUID("4aafd29d-68df-49ee-8aa9-347d375665a7")  # EFI_CERT_TYPE_PKCS7_GUID

VENDORS = {"PK": GLOBAL, "KEK": GLOBAL, "db": IMAGE_SECURITY, "dbx": IMAGE_SECURITY}

# Non-volatile, for boot services and at run time, authenticated by time.
ATTRIBUTES = 0x01 | 0x02 | 0x04 | 0x20

_TIME = struct.Struct("<HBBBBBxIhBx")  # EFI_TIME
_WIN_CERTIFICATE = struct.Struct("<IHH")  # length from here to the end of the signature, revision, type
_REVISION, _TYPE = 0x0200, 0x0EF1  # WIN_CERT_TYPE_EFI_GUID
_BEFORE_SIGNATURE = _TIME.size + _WIN_CERTIFICATE.size + 16


class BadUpdate(BadInput):
    key = "image.authenticated-variable"
    sentence = "this is no authenticated update of a firmware variable: {reason}"
    remedy = "Take an .auth file as `mailward keys init` or sign-efi-sig-list make it"


@dataclass(frozen=True)
class Update:
    """A signed change of a variable. signature: PKCS #7 SignedData in DER. content: signature lists."""

    time: datetime
    signature: bytes
    content: bytes


def encode(update: Update) -> bytes:
    return (
        _encode_time(update.time)
        + _WIN_CERTIFICATE.pack(_WIN_CERTIFICATE.size + 16 + len(update.signature), _REVISION, _TYPE)
        + PKCS7_GUID.bytes_le
        + update.signature
        + update.content
    )


def decode(content: bytes) -> Update:
    """Raises `BadUpdate`."""
    if len(content) < _BEFORE_SIGNATURE:
        raise BadUpdate(reason="it is cut off")
    year, month, day, hour, minute, second, *rest = _TIME.unpack_from(content)
    padding = content[7], content[15]
    length, revision, kind = _WIN_CERTIFICATE.unpack_from(content, _TIME.size)
    if (revision, kind) != (_REVISION, _TYPE) or content[_BEFORE_SIGNATURE - 16 : _BEFORE_SIGNATURE] != (
        PKCS7_GUID.bytes_le
    ):
        raise BadUpdate(reason="its signature is of another kind")
    end = _TIME.size + length
    if not _BEFORE_SIGNATURE <= end <= len(content):
        raise BadUpdate(reason="its signature has an impossible length")
    if any(rest) or any(padding):
        raise BadUpdate(reason="its time is not in whole seconds of UTC")
    try:
        time = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise BadUpdate(reason="its time does not exist") from error
    return Update(time, content[_BEFORE_SIGNATURE:end], content[end:])


def signed(
    variable: str, content: bytes, time: datetime, key: RSAPrivateKey, certificate: x509.Certificate
) -> Update:
    """The update that gives `variable` (a name of `VENDORS`) this content, signed by `key`.

    The same arguments give the same bytes: the signature has no time of its own. time: UTC, whole seconds; the
    firmware takes no update that is older than the one it has.
    """
    text = variable.encode("utf-16-le") + VENDORS[variable].bytes_le + struct.pack("<I", ATTRIBUTES)
    made = (
        PKCS7SignatureBuilder()
        .set_data(text + _encode_time(time) + content)
        .add_signer(certificate, key, hashes.SHA256())
        .sign(
            Encoding.DER,
            [PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoAttributes],
        )
    )
    return Update(time, signed_data(made), content)


def signed_data(content_info: bytes) -> bytes:
    """The SignedData inside a ContentInfo (RFC 5652 section 3): older firmware takes it only without the wrapper."""
    body = _inside(content_info, 0x30)
    _identifier, rest = _split(body, 0x06)
    return _inside(rest, 0xA0)


def _inside(der: bytes, tag: int) -> bytes:
    content, rest = _split(der, tag)
    if rest:
        raise BadUpdate(reason="its signature has octets left over")
    return content


def _split(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first DER value, which must have this tag, and what comes after it."""
    if len(der) < 2 or der[0] != tag:
        raise BadUpdate(reason="its signature is not PKCS #7")
    size, start = der[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(der[2:start])
    if start + size > len(der):
        raise BadUpdate(reason="its signature is cut off")
    return der[start : start + size], der[start + size :]


def _encode_time(time: datetime) -> bytes:
    utc = time.astimezone(UTC)
    return _TIME.pack(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, 0, 0, 0)
