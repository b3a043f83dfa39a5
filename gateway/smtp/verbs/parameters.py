"""ESMTP parameters of MAIL and RCPT: keyword=value, case of values kept (RFC 5321 §4.1.2, RFC 3461)."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~]+))?")
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
_ORCPT = re.compile(r"[A-Za-z0-9-]+;\S+")
NOTIFY = frozenset({"SUCCESS", "FAILURE", "DELAY"})


def split(text: str) -> dict[str, str] | None:
    """``A=b C`` as ``{"A": "b", "C": ""}``; None if malformed or a keyword comes twice."""
    found: dict[str, str] = {}
    for word in text.split(" "):
        if not word:
            continue
        match = _PARAMETER.fullmatch(word)
        if match is None:
            return None
        keyword = match[1].upper()
        if keyword in found:
            return None
        found[keyword] = match[2] or ""
    return found


def valid_envid(value: str) -> bool:
    """RFC 3461 §4.4: xtext, at most 100 characters."""
    return 0 < len(value) <= 100 and _XTEXT.fullmatch(value) is not None


def valid_notify(value: str) -> bool:
    """RFC 3461 §4.1: NEVER alone, or a list of the others."""
    words = value.upper().split(",")
    return words == ["NEVER"] or (set(words) <= NOTIFY and len(set(words)) == len(words))


def valid_orcpt(value: str) -> bool:
    """RFC 3461 §4.2: address type, semicolon, xtext (or RFC 6533's form); at most 500 characters."""
    return len(value) <= 500 and _ORCPT.fullmatch(value) is not None
