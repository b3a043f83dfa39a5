"""What is put right in a configuration of before when it is loaded, on the tree, each with a notice.

An upgrade does the same to the running configuration. What is not named here is taken as it stands or refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from gateway.config.elements.logs import BUFFER_AT_MOST
from gateway.config.types import is_name
from mailward.version import Version

WEB_TIMEOUT_BEFORE = 30  # minutes, what held where nothing was said
_WEB_TIMEOUT_SINCE = (14, 2)


class NoticeKind(StrEnum):
    CHANGED = "changed"
    DROPPED = "dropped"
    REVIEW = "needs-review"


@dataclass(frozen=True, slots=True)
class Notice:
    """What an administrator is told beside a load that went well. `element` is what it is about."""

    kind: NoticeKind
    element: str
    text: str

    def __str__(self) -> str:
        return f"{self.element} {self.text}"


def adjust(root: Any, now: datetime, version: Version | None) -> tuple[Notice, ...]:
    """Put right what is below `root`, a file of release `version` (None: not known)."""
    return (
        *_authorities(root, "certificate_authorities/authorities", "authority", now),
        *_authorities(root, "updates/trusted_certificates", "certificate", now),
        *_buffers(root),
        *_text_names(root),
        *_web_timeout(root, version),
    )


def _authorities(root: Any, path: str, item: str, now: datetime) -> Iterator[Notice]:
    """U19: authorities that are expired or none (CA:FALSE) are dropped."""
    for node in list(root.iterfind(f"{path}/{item}")):
        try:
            found = x509.load_pem_x509_certificates(_text(node).encode())
        except ValueError:
            continue  # the model refuses it, with its line
        kept = []
        for certificate in found:
            if why := _unfit(certificate, now):
                name = certificate.subject.rfc4514_string() or "without a name"
                yield Notice(
                    NoticeKind.DROPPED, path, f"had the authority {name}, which {why}; it is dropped"
                )
            else:
                kept.append(certificate)
        if not kept:
            node.getparent().remove(node)
        elif len(kept) < len(found):
            _fill(node, "".join(one.public_bytes(Encoding.PEM).decode() for one in kept))


def _unfit(certificate: x509.Certificate, now: datetime) -> str:
    """Why nothing it signed can be believed; empty if it can be."""
    if certificate.not_valid_after_utc < now:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return ""
    except ValueError as error:
        return f"cannot be read ({error})"
    return "" if constraints.ca else "is not an authority (CA:FALSE)"


def _buffers(root: Any) -> Iterator[Notice]:
    """U20: disk buffers of syslog push are 1 GB at most."""
    for log in root.iterfind("log_subscriptions/log_subscription"):
        node = log.find("disk_buffer")
        size = _text(node) if node is not None else ""
        if size.isascii() and size.isdigit() and len(size) < 30 and int(size) > BUFFER_AT_MOST:
            _fill(node, str(BUFFER_AT_MOST))
            name = _text(log.find("log_name"))
            yield Notice(
                NoticeKind.CHANGED,
                f"log_subscriptions/{name}/disk_buffer",
                f"was {int(size) / (1 << 30):.1f} GB and is 1 GB now, the most there is",
            )


def _text_names(root: Any) -> Iterator[Notice]:
    """U23: names that nobody could give today are carried over."""
    for node in root.iterfind("text_resources/text_resource/text_name"):
        name = _text(node)
        if name and not is_name(name):
            yield Notice(
                NoticeKind.REVIEW,
                f"text_resources/{name}",
                "is carried over; rename it (`textconfig`): a letter or underscore, then letters, digits, _ or -",
            )


def _web_timeout(root: Any, version: Version | None) -> Iterator[Notice]:
    """U22: the new default is for new installations."""
    if version is None or (version.major, version.minor) >= _WEB_TIMEOUT_SINCE:
        return
    if root.find("hostname") is None or root.find("admin_access/web_timeout") is not None:
        return  # a part of a configuration, or one that says what it wants
    access = root.find("admin_access")
    if access is None:
        access = etree.SubElement(root, "admin_access")
    etree.SubElement(access, "web_timeout").text = str(WEB_TIMEOUT_BEFORE)
    yield Notice(
        NoticeKind.CHANGED,
        "admin_access/web_timeout",
        f"is {WEB_TIMEOUT_BEFORE} minutes, as it was before 14.2",
    )


def _text(node: Any) -> str:
    if node is None:
        return ""
    return "".join([node.text or "", *(child.tail or "" for child in node)]).strip()


def _fill(node: Any, text: str) -> None:
    for child in list(node):
        node.remove(child)
    node.text = text
