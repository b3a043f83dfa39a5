"""Calls in a filter's rule, such as ``sdr-age ("days", <, 5, "")``: found outside of strings and comments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_QUOTES = "\"'"
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True, slots=True)
class Call:
    """`start` to `end` is the whole call in the rule, `text`; `arguments` is what stands between its brackets."""

    name: str
    start: int
    end: int
    arguments: str
    text: str


def calls(rule: str, name: str) -> Iterator[Call]:
    """Calls of `name`, first to last. One whose bracket is never closed is none."""
    at = 0
    while at < len(rule):
        skipped = _skip(rule, at)
        if skipped > at:
            at = skipped
            continue
        word = _WORD.match(rule, at)
        if word is None:
            at += 1
            continue
        at = word.end()
        bracket = _end_of(_SPACE, rule, at)
        if word[0] == name and rule[bracket : bracket + 1] == "(":
            close = _closing(rule, bracket)
            if close is not None:
                yield Call(
                    name, word.start(), close + 1, rule[bracket + 1 : close], rule[word.start() : close + 1]
                )
                at = close + 1


def replace(rule: str, name: str, change: Callable[[Call], str]) -> str:
    """The rule with each call of `name` as `change` spells it."""
    parts, at = [], 0
    for call in calls(rule, name):
        parts += [rule[at : call.start], change(call)]
        at = call.end
    return "".join([*parts, rule[at:]])


def arguments(text: str) -> list[str]:
    """Split at commas that are not in quotes or brackets; each stripped."""
    found, depth, start, at = [], 0, 0, 0
    while at < len(text):
        skipped = _skip(text, at)
        if skipped > at:
            at = skipped
            continue
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[at], 0)
        if text[at] == "," and depth == 0:
            found.append(text[start:at].strip())
            start = at + 1
        at += 1
    return [*found, text[start:].strip()]


def unquoted(text: str) -> str:
    """Without the quotes around it, if it has a pair."""
    whole = len(text) > 1 and text[0] in _QUOTES and text[-1] == text[0]
    return text[1:-1] if whole else text


def _skip(rule: str, at: int) -> int:
    """Behind the string or comment that begins here; `at` if none does."""
    if rule[at] == "#":
        end = rule.find("\n", at)
        return len(rule) if end < 0 else end
    if rule[at] not in _QUOTES:
        return at
    quote, end = rule[at], at + 1
    while end < len(rule) and rule[end] != quote:
        end += 2 if rule[end] == "\\" else 1
    return min(end + 1, len(rule))


def _closing(rule: str, bracket: int) -> int | None:
    depth, at = 0, bracket
    while at < len(rule):
        skipped = _skip(rule, at)
        if skipped > at:
            at = skipped
            continue
        depth += {"(": 1, ")": -1}.get(rule[at], 0)
        if depth == 0:
            return at
        at += 1
    return None


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()
