"""The recipient access table: for whom a public listener takes mail (G1, G24).

    # a comment
    postmaster@example.com  ACCEPT BYPASS_RECEIVING_CONTROL
    old@example.com         REJECT ("550 5.1.6 She has moved on")
    example.com             ACCEPT
    .example.com            ACCEPT
    abuse@                  ACCEPT
    [192.0.2.1]             ACCEPT
    ALL                     REJECT

A recipient is a full address, `user@` in any domain, a domain, `.domain` for every domain below, an address
literal, or ALL. The first entry that matches decides, and the last is ALL: REJECT, unless an open relay is
meant. Matching takes a handful of dictionary lookups, however long the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from gateway.access.tokens import BadTable, Problem, Token, TokenKind, Tokens, quote, remark
from gateway.smtp.address import BadAddress, Mailbox, parse_mailbox
from gateway.smtp.domain import BadDomain, typed_domain, unicode_domain


class RecipientRule(StrEnum):
    ACCEPT = "ACCEPT"
    REJECT = "REJECT"


class Option(StrEnum):
    """Words that may follow the rule."""

    BYPASS_RECEIVING_CONTROL = "BYPASS_RECEIVING_CONTROL"  # limits per hour do not hold for this recipient
    BYPASS_LDAP_ACCEPT = "BYPASS_LDAP_ACCEPT"


RULES = ", ".join(RecipientRule)
RECIPIENTS = "user@domain, user@, domain, .domain, [address] or ALL"
_RULES = frozenset(rule.value for rule in RecipientRule)
_OPTIONS = {option.value: option for option in Option}
_RESPONSE = re.compile(r"([245]\d\d)(?: (\d\.\d{1,3}\.\d{1,3}))? ([ -~]{1,400})\Z", re.ASCII)
_CODES = {RecipientRule.ACCEPT: "2", RecipientRule.REJECT: "45"}


@dataclass(frozen=True, slots=True)
class Response:
    """A reply of the administrator's own. `enhanced` may be empty."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


@dataclass(frozen=True, slots=True)
class RatEntry:
    """One entry. `recipient` is in the form that is looked up: lower case, domain in A-labels."""

    recipient: str
    rule: RecipientRule
    options: frozenset[Option] = frozenset()
    response: Response | None = None
    comment: str = ""


ALL = "ALL"
EVERYONE_REJECTED = RatEntry(ALL, RecipientRule.REJECT)


@dataclass(frozen=True)
class RecipientAccessTable:
    """A whole table; the last entry is ALL."""

    entries: tuple[RatEntry, ...] = (EVERYONE_REJECTED,)

    @cached_property
    def _positions(self) -> dict[str, int]:
        positions: dict[str, int] = {}
        for position, entry in enumerate(self.entries):
            positions.setdefault(entry.recipient, position)
        return positions

    @cached_property
    def _has_below(self) -> bool:
        return any(entry.recipient.startswith(".") for entry in self.entries)

    def decide(self, recipient: Mailbox) -> RatEntry:
        """The first entry that matches.

        Local parts are compared without case and without quotes: a table that could be passed by with
        ``"bob"@example.com`` would be no table. The bare Postmaster matches ``postmaster@`` and ALL.
        """
        positions = self._positions
        user, domain = recipient.user.lower(), recipient.domain
        last = len(self.entries) - 1
        best = min(
            positions.get(f"{user}@{domain}", last),
            positions.get(f"{user}@", last),
            positions.get(domain, last),
        )
        if self._has_below and not domain.startswith("["):
            rest = domain
            while dot := rest.find(".") + 1:
                rest = rest[dot:]
                best = min(best, positions.get(f".{rest}", best))
        return self.entries[best]


def parse_recipient(text: str) -> str:
    """What an entry names, in the form that is looked up.

    Raises:
        BadAddress, BadDomain.
    """
    if text.upper() == ALL:
        return ALL
    user, at, domain = text.rpartition("@")
    if not at:
        if domain.startswith("["):
            return parse_mailbox(f"x@{domain}").domain
        return "." + typed_domain(domain[1:]) if domain.startswith(".") else typed_domain(domain)
    ascii_domain = typed_domain(domain) if domain and not domain.startswith("[") else domain
    mailbox = parse_mailbox(f"{user}@{ascii_domain or 'x'}", utf8=True)
    return f"{mailbox.user.lower()}@{mailbox.domain if domain else ''}"


def format_recipient(recipient: str) -> str:
    """The text form, which `parse_recipient` reads back."""
    user, at, domain = recipient.rpartition("@")
    shown = unicode_domain(domain)
    if not at or _PLAIN_USER.match(user):
        return f"{user}{at}{shown}"
    escaped = user.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"@{shown}'


# What may stand without quotes both in an address and in the text form.
_PLAIN_USER = re.compile(r"[^\s\"\\()<>\[\]:;@,.{}=#]++(?:\.[^\s\"\\()<>\[\]:;@,.{}=]++)*+\Z")


def parse_rat(text: str) -> RecipientAccessTable:
    """The table in `text`.

    Raises:
        BadTable: every problem with its line; nothing of the file is used.
    """
    tokens = Tokens(text)
    entries: list[RatEntry] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    while (word := tokens.next()) is not None:
        recipient = _recipient(word, problems)
        if ALL in seen:
            problems.append(Problem(word.line, word.text, "nothing after ALL"))
        elif recipient in seen:
            problems.append(Problem(word.line, word.text, "every recipient once"))
        seen.add(recipient)
        entry = _entry(recipient, word, tokens, problems)
        if entry is not None:
            entries.append(entry)
    if ALL not in seen:
        problems.append(Problem(tokens.line, "", "ALL with a rule as the last entry"))
    if problems:
        raise BadTable(table="recipient access table", problems=tuple(sorted(problems)))
    return RecipientAccessTable(tuple(entries))


def _recipient(word: Token, problems: list[Problem]) -> str:
    if word.kind is not TokenKind.WORD:
        problems.append(Problem(word.line, word.text, RECIPIENTS))
        return word.text
    try:
        return parse_recipient(word.text)
    except (BadAddress, BadDomain) as error:
        problems.append(Problem(word.line, word.text, RECIPIENTS, str(error)))
        return word.text


def _entry(recipient: str, word: Token, tokens: Tokens, problems: list[Problem]) -> RatEntry | None:
    token = tokens.next()
    if token is None or token.kind is not TokenKind.WORD or token.text not in _RULES:
        problems.append(Problem((token or word).line, token.text if token else "", RULES))
        return None
    rule = RecipientRule(token.text)
    options = set()
    while (following := tokens.peek()) is not None and following.text in _OPTIONS:
        options.add(_OPTIONS[following.text])
        tokens.next()
    response = None
    line = tokens.line
    if (following := tokens.peek()) is not None and following.kind is TokenKind.STRING:
        tokens.next()
        match = _RESPONSE.match(following.text)
        if match is None or match[1][0] not in _CODES[rule]:
            allowed = f'"{"250" if rule is RecipientRule.ACCEPT else "550 5.1.1"} text" in printable ASCII'
            problems.append(Problem(line, following.text, allowed))
        else:
            response = Response(int(match[1]), match[2] or "", match[3])
    return RatEntry(recipient, rule, frozenset(options), response, tokens.comment())


def format_rat(table: RecipientAccessTable) -> str:
    """The table as text that `parse_rat` reads back to an equal one."""
    return "\n".join(_lines(table)) + "\n"


def _lines(table: RecipientAccessTable) -> Iterator[str]:
    for entry in table.entries:
        words = [format_recipient(entry.recipient), entry.rule, *sorted(entry.options)]
        if entry.response is not None:
            words.append(quote(str(entry.response)))
        yield " ".join(words) + remark(entry.comment)
