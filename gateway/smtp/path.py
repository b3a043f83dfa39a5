"""A small strict parser of reverse and forward paths, until gateway.smtp.address takes its place.

RFC 5321 §4.1.2: ``<local@domain>`` with a dot-string or quoted string on the left, a domain or address
literal on the right. No source routes, no comments, no missing brackets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_LABEL = r"[A-Za-z0-9_\x80-\U0010ffff](?:[A-Za-z0-9_\x80-\U0010ffff-]*[A-Za-z0-9_\x80-\U0010ffff])?"
_PATH = re.compile(
    rf"<(?P<local>{_ATOM}(?:\.{_ATOM})*|\"(?:[ !#-\[\]-~\x80-\U0010ffff]|\\[ -~])*\")"
    rf"@(?P<domain>{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Za-z.:-]+\])>(?: (?P<rest>.*))?",
)
_EMPTY = re.compile(r"<>(?: (?P<rest>.*))?")
_POSTMASTER = re.compile(r"<(?P<local>postmaster)>(?: (?P<rest>.*))?", re.IGNORECASE)
LOCAL_LIMIT = 64
DOMAIN_LIMIT = 255


@dataclass(frozen=True, slots=True)
class Path:
    """An envelope address.

    Attributes:
        address: as given, without brackets; empty for the null reverse-path.
        domain: lower case; empty for the null reverse-path and for a bare ``postmaster``.
    """

    address: str
    domain: str
    international: bool = False


NULL = Path("", "")


def parse(text: str, *, sender: bool) -> tuple[Path, str] | None:
    """``<path> parameters`` as a path and the parameters; None if it is not one.

    `sender` allows the null path (RFC 5321 §4.5.5); a recipient may be a bare ``<postmaster>`` (§4.5.1).
    """
    if found := _PATH.fullmatch(text):
        local, domain = found["local"], found["domain"]
        international = not text.isascii()
        if len(local.encode()) > LOCAL_LIMIT or len(domain.encode()) > DOMAIN_LIMIT:
            return None
        return Path(f"{local}@{domain}", domain.lower(), international), found["rest"] or ""
    if sender:
        empty = _EMPTY.fullmatch(text)
        return (NULL, empty["rest"] or "") if empty else None
    bare = _POSTMASTER.fullmatch(text)
    return (Path(bare["local"], ""), bare["rest"] or "") if bare else None
