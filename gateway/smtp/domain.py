"""Domain names in their two forms: A-labels on the wire and in tables, U-labels for people (G24).

Two doors lead in. `wire_domain` takes what a client sent: IDNA 2008 as it stands (RFC 5891, RFC 6531 section
3.3), because a mapping applied to a stranger's words lets two different addresses meet. `typed_domain` takes
what an administrator typed and maps it first (UTS #46: case, full-width letters, ideographic full stops).
Both return the A-label form in lower case, which is the only form tables, routes and logs of machines hold.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import idna

from mailward.errors import BadInput

MAX_DOMAIN = 255  # octets, RFC 5321 section 4.5.3.1.2
MAX_LABEL = 63  # octets, RFC 1035 section 2.3.4

# Possessive quantifiers: one way to match, so a refusal costs no more than reading the text once.
LABEL = r"[0-9A-Za-z]++(?:-++[0-9A-Za-z]++)*+"
_LABEL = re.compile(rf"{LABEL}\Z")
_LONG_LABEL = re.compile(r"[^.]{64}")


class BadDomain(BadInput):
    """Not a domain name."""

    key = "domain.bad"
    sentence = "{text!r} is not a domain name: {why}"
    remedy = "write labels of letters, digits and inner hyphens, joined by dots, as in mail.example.com"


def fits(domain: str) -> bool:
    """True if an ASCII domain and each of its labels is within RFC 1035's limits."""
    if len(domain) <= MAX_LABEL:
        return True
    return len(domain) <= MAX_DOMAIN and _LONG_LABEL.search(domain) is None


def wire_domain(text: str) -> str:
    """The lower-case A-label form of a domain that a client sent.

    Raises:
        BadDomain: the grammar of RFC 5321 section 4.1.2 or RFC 6531 section 3.3 is not met.
    """
    if not text.isascii():
        return _from_unicode(text, mapped=False)
    lowered = text.lower()
    if not all(_LABEL.match(label) for label in lowered.split(".")):
        raise BadDomain(text=text, why="a label is empty or holds another character")
    if not fits(lowered):
        raise BadDomain(text=text, why="a label is over 63 octets or all of it over 255")
    return lowered


def typed_domain(text: str) -> str:
    """The lower-case A-label form of a domain that an administrator typed; one trailing dot is let pass.

    An underscore is let pass too: names of hosts and DNS lists have them, though mail domains do not.

    Raises:
        BadDomain: it is no domain name.
    """
    name = text.strip().removesuffix(".")
    if name.isascii():
        wire_domain(name.replace("_", "0"))
        return name.lower()
    return _from_unicode(name, mapped=True)


def unicode_domain(domain: str) -> str:
    """The U-label form for people; labels that do not decode stay as they are. Never raises."""
    if "xn--" not in domain:
        return domain
    return ".".join(_u_label(label) for label in domain.split("."))


def _u_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        decoded = idna.decode(label)
        # Shown only if typing it leads back here.
        return decoded if idna.encode(decoded, uts46=True) == label.encode() else label
    except (idna.IDNAError, UnicodeError):
        return label


@lru_cache(maxsize=4096)
def _from_unicode(text: str, *, mapped: bool) -> str:
    lowered = text.lower()
    if not mapped and not unicodedata.is_normalized("NFC", lowered):
        # RFC 5891 section 4.1: the putative U-label is in NFC, or it is none.
        raise BadDomain(text=text, why="it is not in Unicode normalization form C")
    try:
        encoded = idna.encode(lowered, strict=True, uts46=mapped).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise BadDomain(text=text, why=str(error)) from error
    # `idna` lets an ASCII label through as it is; ours have to meet the mail grammar all the same.
    return wire_domain(encoded)
