"""Mailboxes and paths of RFC 5321 section 4.1.2 with RFC 6531 on top: strict, and quick on the hot path.

Decisions, where the RFC leaves one:

- A source route (`<@a,@b:user@c>`) is recognised and dropped (RFC 5321 section 3.6.1, appendix C): the
  mailbox after the colon counts and nothing else, so nobody is relayed by way of a route.
- The domain is kept as lower-case A-labels (`gateway.smtp.domain`), the local part exactly as sent, quotes
  included (RFC 5321 section 2.4: nobody but its own host interprets it).
- Control characters of the C1 block and the two Unicode line breaks are refused in a local part although
  RFC 6531 would let them in: they reach logs and terminals.
- `[1.2.3.04]` is refused: some read the leading zero as octal.
- A text that holds bytes which are not UTF-8 (surrogates, after a surrogateescape decode) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from gateway.smtp.domain import LABEL, BadDomain, fits, unicode_domain, wire_domain
from mailward.errors import BadInput

MAX_LOCAL_PART = 64  # octets, RFC 5321 section 4.5.3.1.1
MAX_PATH = 256  # octets with punctuation, RFC 5321 section 4.5.3.1.3


class AddressProblem(StrEnum):
    """Why an address is refused. The value is the text for the client: it must not quote the client."""

    SYNTAX = "it does not follow the syntax of RFC 5321"
    BRACKETS = "it has to stand between < and >"
    LOCAL_TOO_LONG = "its local part is over 64 octets"
    PATH_TOO_LONG = "it is over 256 octets"
    DOMAIN = "its domain is malformed"
    LITERAL = "its address literal is malformed"
    NULL = "it must not be empty"
    NO_DOMAIN = "it has no domain"
    UTF8 = "it is internationalized and SMTPUTF8 was not given"


class BadAddress(BadInput):
    """A mailbox or path that is refused; `fields["problem"]` is an `AddressProblem`."""

    key = "smtp.bad-address"
    sentence = "Address refused: {problem}"

    @property
    def problem(self) -> AddressProblem:
        problem: AddressProblem = self.fields["problem"]
        return problem


class Literal(StrEnum):
    """What stands for the domain in brackets, RFC 5321 section 4.1.3."""

    IPV4 = "IPv4"
    IPV6 = "IPv6"
    GENERAL = "general"  # a tag nobody has registered: syntactically fine, deliverable nowhere


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox.

    Attributes:
        local: the local part as sent, with its quotes if it has any.
        domain: lower-case A-labels, a canonical literal such as ``[192.0.2.1]``, or empty for the bare
            Postmaster.
    """

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}" if self.domain else self.local

    @property
    def readable(self) -> str:
        """For people: the domain in U-labels."""
        return f"{self.local}@{unicode_domain(self.domain)}" if self.domain else self.local

    @property
    def needs_utf8(self) -> bool:
        """True if the next hop must offer SMTPUTF8 (the domain never needs it: it is in A-labels)."""
        return not self.local.isascii()

    @property
    def user(self) -> str:
        """The local part with quoting undone: ``"a\\ b"`` and ``"a b"`` name the same user."""
        if not self.local.startswith('"'):
            return self.local
        return _QUOTED_PAIR.sub(r"\1", self.local[1:-1])

    @property
    def literal(self) -> Literal | None:
        if not self.domain.startswith("["):
            return None
        if self.domain.startswith("[IPv6:"):
            return Literal.IPV6
        return Literal.GENERAL if ":" in self.domain else Literal.IPV4

    @property
    def ip(self) -> IPv4Address | IPv6Address | None:
        """The address of an address literal; None for a name or a general literal."""
        match self.literal:
            case Literal.IPV4:
                return IPv4Address(self.domain[1:-1])
            case Literal.IPV6:
                return IPv6Address(self.domain[6:-1])
            case _:
                return None


_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)

_ATEXT = r"0-9A-Za-z!#$%&'*+/=?^_`{|}~\-"
# No C0/C1 controls, no DEL, no surrogates, no U+2028/2029.
_UTF8 = "\u00a0-\u2027\u202a-\ud7ff\ue000-\U0010ffff"
_DOMAIN = rf"{LABEL}(?:\.{LABEL})*+"


def _mailbox_pattern(extra: str) -> str:
    dot_string = rf"[{_ATEXT}{extra}]++(?:\.[{_ATEXT}{extra}]++)*+"
    quoted = rf'"(?:[ !#-\[\]-~{extra}]|\\[ -~])*+"'
    # What a non-ASCII domain may be made of is settled by `wire_domain`, not here.
    domain = rf"[0-9A-Za-z.\-{extra}]++" if extra else _DOMAIN
    return rf"({dot_string}|{quoted})@(?:({domain})|\[([!-Z^-~]++)\])"


_ROUTE = rf"(?:@(?:{_DOMAIN}|\[[!-Z^-~]++\])(?:,@(?:{_DOMAIN}|\[[!-Z^-~]++\]))*+:)?+"
_ASCII_MAILBOX = re.compile(_mailbox_pattern(""))
_UTF8_MAILBOX = re.compile(_mailbox_pattern(_UTF8))
_ASCII_PATH = re.compile(rf"<{_ROUTE}{_mailbox_pattern('')}>")
_UTF8_PATH = re.compile(rf"<{_ROUTE}{_mailbox_pattern(_UTF8)}>")
_POSTMASTER = re.compile(r"<postmaster>", re.IGNORECASE)
_BRACKETED = re.compile(r'<(?:[^"\\>]|\\.|"(?:[^"\\]|\\.)*+")*+>')
_NO_DOMAIN = re.compile(rf"<([{_ATEXT}]++(?:\.[{_ATEXT}]++)*+)>")


def parse_mailbox(text: str, *, utf8: bool = False) -> Mailbox:
    """A bare `Mailbox`, without angle brackets.

    Args:
        utf8: SMTPUTF8 is in force, so RFC 6531's grammar holds.

    Raises:
        BadAddress: see `AddressProblem`.
    """
    if not utf8 and not text.isascii():
        raise BadAddress(problem=AddressProblem.UTF8)
    match = (_ASCII_MAILBOX if text.isascii() else _UTF8_MAILBOX).fullmatch(text)
    if match is None:
        raise BadAddress(problem=AddressProblem.SYNTAX)
    return _mailbox(match, MAX_PATH - 2)


def parse_reverse_path(
    text: str, *, utf8: bool = False, default_domain: str = ""
) -> tuple[Mailbox | None, str]:
    """What follows ``MAIL FROM:``: the mailbox, None for the null path ``<>``, and the parameters after it.

    Args:
        default_domain: what an address without a domain gets, in A-labels; empty refuses such addresses.

    Raises:
        BadAddress: see `AddressProblem`.
    """
    if text.startswith("<>"):
        return None, _after(text, 2)
    return _path(text, utf8, default_domain)


def parse_forward_path(text: str, *, utf8: bool = False, default_domain: str = "") -> tuple[Mailbox, str]:
    """What follows ``RCPT TO:``: the mailbox and the parameters after it.

    ``<Postmaster>`` needs no domain, in whatever case (RFC 5321 section 4.1.1.3). The null path is refused.

    Raises:
        BadAddress: see `AddressProblem`.
    """
    if match := _POSTMASTER.match(text):
        return Mailbox(text[1:11], ""), _after(text, match.end())
    return _path(text, utf8, default_domain)


def _path(text: str, utf8: bool, default_domain: str) -> tuple[Mailbox, str]:
    match = _ASCII_PATH.match(text)
    if match is None:
        if default_domain and (bare := _NO_DOMAIN.match(text)):
            return parse_mailbox(f"{bare[1]}@{default_domain}"), _after(text, bare.end())
        match = _slow_path(text, utf8)
    return _mailbox(match, MAX_PATH), _after(text, match.end())


def _slow_path(text: str, utf8: bool) -> re.Match[str]:
    """Not a plain ASCII path: an internationalized one, or a reason why not."""
    bracketed = _BRACKETED.match(text)
    path = bracketed[0] if bracketed else text
    if not path.isascii():
        if not utf8:
            raise BadAddress(problem=AddressProblem.UTF8)
        if match := _UTF8_PATH.match(text):
            return match
    if path == "<>":
        raise BadAddress(problem=AddressProblem.NULL)
    if bracketed is None:
        raise BadAddress(problem=AddressProblem.BRACKETS)
    raise BadAddress(problem=AddressProblem.NO_DOMAIN if _NO_DOMAIN.match(path) else AddressProblem.SYNTAX)


def _mailbox(match: re.Match[str], longest: int) -> Mailbox:
    local, domain, literal = match.groups()
    text = match[0]
    if len(text) > longest or (not text.isascii() and len(text.encode()) > longest):
        raise BadAddress(problem=AddressProblem.PATH_TOO_LONG)
    if len(local) > MAX_LOCAL_PART or (not local.isascii() and len(local.encode()) > MAX_LOCAL_PART):
        raise BadAddress(problem=AddressProblem.LOCAL_TOO_LONG)
    if literal is not None:
        return Mailbox(local, _canonical_literal(literal))
    if match.re is _ASCII_PATH or match.re is _ASCII_MAILBOX:  # the pattern has settled the grammar
        if not fits(domain):
            raise BadAddress(problem=AddressProblem.DOMAIN)
        return Mailbox(local, domain.lower())
    try:
        return Mailbox(local, wire_domain(domain))
    except BadDomain as error:
        raise BadAddress(problem=AddressProblem.DOMAIN) from error


def _after(text: str, end: int) -> str:
    """The parameters: nothing, or what stands behind one space (RFC 5321 section 4.1.1)."""
    if end == len(text):
        return ""
    if text[end] != " ":
        raise BadAddress(problem=AddressProblem.SYNTAX)
    return text[end + 1 :]


def _ipv6(text: str) -> str:
    if "%" in text:  # a zone means nothing on another host
        raise AddressValueError(text)
    return f"[IPv6:{IPv6Address(text)}]"


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


_TAGGED: dict[str, Callable[[str], str]] = {"ipv6": _ipv6}
_TAG = re.compile(rf"{LABEL}\Z")


def _canonical_literal(text: str) -> str:
    tag, colon, content = text.partition(":")
    try:
        if not colon:
            return f"[{IPv4Address(text)}]"
        if read := _TAGGED.get(tag.lower()):
            return read(content)
    except AddressValueError as error:
        raise BadAddress(problem=AddressProblem.LITERAL) from error
    if not content or not _TAG.match(tag) or _is_ipv6(text):  # an address that lacks its tag is a slip
        raise BadAddress(problem=AddressProblem.LITERAL)
    return f"[{tag}:{content}]"
