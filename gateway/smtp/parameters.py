"""The parameters of MAIL and RCPT: one table of keywords, values kept as sent (RFC 5321 section 4.1.1.11).

Keywords are letters, digits and hyphens in any case; a keyword that was not offered is 555, a value that is
not what its extension says is 501, and so is a keyword given twice: which would hold is anybody's guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.smtp.address import (
    AddressProblem,
    BadAddress,
    Mailbox,
    parse_forward_path,
    parse_mailbox,
    parse_reverse_path,
)
from gateway.smtp.original import OriginalRecipient
from gateway.smtp.xtext import BadXtext, decode_xtext
from mailward.errors import BadInput

MAX_ENVID = 100  # characters after decoding, RFC 3461 section 4.4
MAX_ORCPT = 500  # characters of the value, RFC 3461 section 4.2
MAX_AUTH = 500  # characters of the value, RFC 4954 section 5


class BadParameter(BadInput):
    """A parameter is refused. Fields: keyword, why, code (501 or 555)."""

    key = "smtp.bad-parameter"
    sentence = "Parameter {keyword} refused: {why}"

    @property
    def code(self) -> int:
        code: int = self.fields["code"]
        return code


class Body(StrEnum):
    """BODY=, RFC 6152 and RFC 3030."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"
    BINARY = "BINARYMIME"


class Return(StrEnum):
    """RET=, RFC 3461 section 4.3: how much of the message a failure report brings back."""

    FULL = "FULL"
    HEADERS = "HDRS"


class Notify(StrEnum):
    """NOTIFY=, RFC 3461 section 4.1."""

    NEVER = "NEVER"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DELAY = "DELAY"


@dataclass(frozen=True, slots=True)
class MailParameters:
    """What came with MAIL FROM. `auth` is None when it was not given and empty for ``AUTH=<>``."""

    size: int | None = None
    body: Body = Body.SEVEN_BIT
    smtputf8: bool = False
    auth: str | None = None
    ret: Return | None = None
    envid: str | None = None


@dataclass(frozen=True, slots=True)
class RcptParameters:
    """What came with RCPT TO. `notify` is None when it was not given, which is not the same as NEVER."""

    notify: frozenset[Notify] | None = None
    orcpt: OriginalRecipient | None = None


NO_MAIL_PARAMETERS = MailParameters()
NO_RCPT_PARAMETERS = RcptParameters()

_DIGITS = re.compile(r"[0-9]{1,20}\Z")


def _size(value: str) -> int:
    if not _DIGITS.match(value):
        raise ValueError("SIZE is a number of octets of 1 to 20 digits")
    return int(value)


def _envid(value: str) -> str:
    text = decode_xtext(value)
    if not 0 < len(text) <= MAX_ENVID or not (text.isascii() and text.isprintable()):
        raise ValueError(f"ENVID is 1 to {MAX_ENVID} printable characters")
    return text


def _auth(value: str) -> str:
    text = decode_xtext(value)
    if text == "<>":
        return ""
    if len(value) > MAX_AUTH:
        raise ValueError(f"AUTH is at most {MAX_AUTH} characters")
    try:
        return str(parse_mailbox(text, utf8=True))
    except BadAddress as error:
        raise ValueError("AUTH is <> or a mailbox") from error


def _notify(value: str) -> frozenset[Notify]:
    words = value.upper().split(",")
    wanted = frozenset(Notify(word) for word in words)
    if len(wanted) != len(words):
        raise ValueError("NOTIFY names a word twice")
    if Notify.NEVER in wanted and len(wanted) > 1:
        raise ValueError("NOTIFY=NEVER stands alone")
    return wanted


def _orcpt(value: str) -> OriginalRecipient:
    if len(value) > MAX_ORCPT:
        raise ValueError(f"ORCPT is at most {MAX_ORCPT} characters")
    return OriginalRecipient.parse(value)


def _body(value: str) -> Body:
    return Body(value.upper())


def _return(value: str) -> Return:
    return Return(value.upper())


Reader = Callable[[str], Any]

# keyword -> field of the dataclass, reader of the value; no reader: the keyword takes none.
MAIL_KEYWORDS: Mapping[str, tuple[str, Reader | None]] = {
    "SIZE": ("size", _size),
    "BODY": ("body", _body),
    "SMTPUTF8": ("smtputf8", None),
    "AUTH": ("auth", _auth),
    "RET": ("ret", _return),
    "ENVID": ("envid", _envid),
}
RCPT_KEYWORDS: Mapping[str, tuple[str, Reader | None]] = {
    "NOTIFY": ("notify", _notify),
    "ORCPT": ("orcpt", _orcpt),
}

_KEYWORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-]*+\Z")
# Everything but controls, space and "=", RFC 5321; non-ASCII by RFC 6531 section 3.3, surrogates never.
_VALUE = re.compile("[!-<>-~\u00a0-\u2027\u202a-\ud7ff\ue000-\U0010ffff]++\\Z")


def parse_mail_command(
    argument: str, *, offered: Collection[str] = frozenset(MAIL_KEYWORDS), default_domain: str = ""
) -> tuple[Mailbox | None, MailParameters]:
    """What follows ``MAIL FROM:``, path and parameters.

    Args:
        offered: keywords this listener announced, in upper case; SMTPUTF8 among them lets RFC 6531 addresses
            in if the client gives the keyword too.
        default_domain: what an address without a domain gets; empty refuses such addresses.

    Raises:
        BadAddress, BadParameter.
    """
    path, rest = parse_reverse_path(argument, utf8="SMTPUTF8" in offered, default_domain=default_domain)
    if not rest:
        if not argument.isascii():
            raise BadAddress(problem=AddressProblem.UTF8)
        return path, NO_MAIL_PARAMETERS
    parameters = MailParameters(**_read(rest, MAIL_KEYWORDS, offered))
    if not parameters.smtputf8 and not argument.isascii():
        # RFC 6531 section 3.4: the keyword has to be there when the envelope is internationalized.
        raise BadAddress(problem=AddressProblem.UTF8)
    return path, parameters


def parse_rcpt_command(
    argument: str,
    *,
    utf8: bool = False,
    offered: Collection[str] = frozenset(RCPT_KEYWORDS),
    default_domain: str = "",
) -> tuple[Mailbox, RcptParameters]:
    """What follows ``RCPT TO:``, path and parameters. `utf8`: MAIL came with SMTPUTF8.

    Raises:
        BadAddress, BadParameter.
    """
    path, rest = parse_forward_path(argument, utf8=utf8, default_domain=default_domain)
    if not rest:
        return path, NO_RCPT_PARAMETERS
    if not utf8 and not rest.isascii():
        raise BadParameter(keyword="", why="it is not ASCII and SMTPUTF8 was not given", code=501)
    return path, RcptParameters(**_read(rest, RCPT_KEYWORDS, offered))


def _read(
    text: str, keywords: Mapping[str, tuple[str, Reader | None]], offered: Collection[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    # Old clients send a trailing space; an empty word anywhere else is refused.
    for word in text.removesuffix(" ").split(" ") if text != " " else ():
        name, equals, value = word.partition("=")
        keyword = name.upper()
        if not _KEYWORD.match(keyword) or (equals and not _VALUE.match(value)):
            raise BadParameter(keyword="", why="it is not KEYWORD or KEYWORD=value", code=501)
        if keyword not in keywords or keyword not in offered:
            raise BadParameter(keyword=keyword, why="this server does not know it", code=555)
        field, reader = keywords[keyword]
        if field in found:
            raise BadParameter(keyword=keyword, why="it is given twice", code=501)
        found[field] = _value(keyword, reader, value if equals else None)
    return found


def _value(keyword: str, reader: Reader | None, value: str | None) -> Any:
    if reader is None:
        if value is not None:
            raise BadParameter(keyword=keyword, why="it takes no value", code=501)
        return True
    if value is None:
        raise BadParameter(keyword=keyword, why="it needs a value", code=501)
    try:
        return reader(value)
    except (ValueError, BadXtext) as error:
        raise BadParameter(keyword=keyword, why="its value is malformed", code=501) from error
