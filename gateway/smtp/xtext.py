"""xtext of RFC 3461 section 4 and the utf-8 address encodings of RFC 6533 section 3."""

from __future__ import annotations

import re

from mailward.errors import BadInput


class BadXtext(BadInput):
    """An encoded value is malformed."""

    key = "smtp.bad-xtext"
    sentence = "Encoded value is malformed"


# xchar: printable ASCII without "+" and "="; hexchar: "+" and two *upper-case* digits.
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*+\Z")
_HEXCHAR = re.compile(r"\+([0-9A-F]{2})")
_NOT_XCHAR = re.compile(r"[^!-*,-<>-~]")
# RFC 6533 section 3; what need not be encoded is let through encoded.
_UTF8_ADDRESS = re.compile(
    "(?:[!-*,-<>-\\[\\]-~\u00a0-\ud7ff\ue000-\U0010ffff]|\\\\x\\{(?:10|[0-9A-F])?[0-9A-F]{1,5}\\})*+\\Z"
)
_EMBEDDED = re.compile(r"\\x\{([0-9A-F]{1,6})\}")


def decode_xtext(text: str) -> str:
    """The characters that an xtext stands for.

    Raises:
        BadXtext: a character or a hex pair is outside the grammar, or the octets are not UTF-8.
    """
    if not _XTEXT.match(text):
        raise BadXtext()
    if "+" not in text:
        return text
    octets = bytearray()
    position = 0
    for match in _HEXCHAR.finditer(text):
        octets += text[position : match.start()].encode("ascii")
        octets.append(int(match[1], 16))
        position = match.end()
    octets += text[position:].encode("ascii")
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise BadXtext() from error


def encode_xtext(text: str) -> str:
    """`text` as xtext; characters beyond ASCII go as their UTF-8 octets."""
    return _NOT_XCHAR.sub(lambda match: "".join(f"+{octet:02X}" for octet in match[0].encode()), text)


def decode_utf8_address(text: str) -> str:
    """The address in a utf-8-addr-xtext or utf-8-addr-unitext.

    Raises:
        BadXtext: it is neither, or names a code point that is none.
    """
    if not _UTF8_ADDRESS.match(text):
        raise BadXtext()
    return _EMBEDDED.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    point = int(match[1], 16)
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise BadXtext()
    return chr(point)


_NOT_UTF8_CHAR = re.compile(r"[^!-*,-<>-\[\]-~]")


def encode_utf8_address(text: str) -> str:
    """`text` as utf-8-addr-xtext, which passes through servers without SMTPUTF8."""
    return _NOT_UTF8_CHAR.sub(lambda match: rf"\x{{{ord(match[0]):02X}}}", text)
