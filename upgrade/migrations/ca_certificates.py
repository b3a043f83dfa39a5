"""U19: CA certificates that have expired, or are not those of an authority (CA:FALSE), are dropped."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from upgrade.migrations.document import children, put, remove, text
from upgrade.migrations.report import Entry, dropped, review

if typing.TYPE_CHECKING:
    from lxml.etree import _Element as Element

# Of the mail service, and of update servers (A4).
PATHS = ("certificate_authorities/authorities/authority", "updates/trusted_certificates/certificate")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def migrate(root: Element, now: datetime) -> Iterator[Entry]:
    """`now` is an aware time: what has expired by then is dropped."""
    for place, element in enumerate([one for path in PATHS for one in children(root, path)], 1):
        before = text(element, ".") or (element.text or "")
        blocks = _PEM.findall(before)
        kept = []
        for block in blocks:
            entry, stays = _judge(block, place, now)
            kept += [block] if stays else []
            if entry is not None:
                yield entry
        if not blocks:
            yield review(f"CA certificate {place}", "is not in PEM; it stays as it is")
        elif not kept:
            remove(element)
        elif len(kept) < len(blocks):
            put(element, ".", "\n".join(kept))


def _judge(block: str, place: int, now: datetime) -> tuple[Entry | None, bool]:
    """What to say of one certificate, and whether it stays."""
    try:
        certificate = x509.load_pem_x509_certificate(block.encode())
        name = f"CA certificate {certificate.subject.rfc4514_string() or place}"
        constraints = _constraints(certificate)
    except ValueError as error:  # a broken extension is a ValueError of its own as well
        return review(f"CA certificate {place}", f"cannot be read and stays as it is: {error}"), True
    if certificate.not_valid_after_utc < now:
        return dropped(name, f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"), False
    if constraints is None and certificate.version is x509.Version.v1:
        # Version 1 knows no such mark (RFC 5280 section 4.2): roots of that age are believed by hand.
        return review(
            name, "is of X.509 version 1, which cannot say whether it is an authority; it stays"
        ), True
    if constraints is None or not constraints.ca:
        return dropped(name, "is not marked as an authority (CA:FALSE)"), False
    return None, True


def _constraints(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return None
