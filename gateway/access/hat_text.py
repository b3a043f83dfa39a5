"""The host access table as text, in the incumbent's form, out and in again (G1, G24).

    # a comment
    $THROTTLED
        ACCEPT {
            max_msgs_per_session = 10
            tls = "off"
        }
    SUSPECTLIST:
        sbrs[-3.0:-1.0] (low reputation)
        .dyn.example.net
        $THROTTLED (Suspicious senders are throttled)
    spam.example.com
        REJECT (known spammer)
    ALL
        $ACCEPTED

A file is taken whole or refused whole; a refusal lists every line that is wrong and what is allowed there.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from functools import lru_cache

from gateway.access.hat import Entry, HostAccessTable, Member
from gateway.access.policies import DEFAULT_LIMITS, SETTINGS, AccessRule, Kind, Limits, MailFlowPolicy, Value
from gateway.access.sources import ALLOWED, BadSource, Everyone, parse_source
from gateway.access.tokens import BadTable, Problem, Token, TokenKind, Tokens, quote, remark

RULES = ", ".join(AccessRule)
_RULES = frozenset(rule.value for rule in AccessRule)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,63}\Z")


def parse_hat(text: str, default: Limits = DEFAULT_LIMITS) -> HostAccessTable:
    """The table in `text`. `default`: settings that its policies leave out.

    Raises:
        BadTable: every problem with its line; nothing of the file is used.
    """
    return dataclasses.replace(_parse(text), default=default)


# A configuration is checked when it is read and used after that: 10,000 lines need not be parsed twice.
@lru_cache(maxsize=8)
def _parse(text: str) -> HostAccessTable:
    return _Parser(text).table()


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = Tokens(text)
        self.problems: list[Problem] = []
        self.policies: dict[str, MailFlowPolicy] = {}
        self.entries: list[Entry] = []
        self.groups: set[str] = set()
        self.references: list[Token] = []

    def wrong(self, token: Token, allowed: str) -> None:
        self.problems.append(Problem(token.line, token.text, allowed))

    def table(self) -> HostAccessTable:
        while token := self.tokens.next():
            if token.kind is TokenKind.WORD and token.text.startswith("$"):
                self.policy(token)
            elif token.kind is TokenKind.WORD and token.text.endswith(":") and NAME.match(token.text[:-1]):
                self.group(token)
            elif token.kind is TokenKind.WORD:
                self.single(token)
            else:
                self.wrong(token, "$POLICY, GROUP: or " + ALLOWED)
        for token in self.references:
            if token.text.removeprefix("$") not in self.policies:
                self.wrong(token, "the name of a policy that the table defines")
        if not self.after_all():
            self.problems.append(Problem(self.tokens.line, "", "ALL with a policy as the last entry"))
        if self.problems:
            raise BadTable(table="host access table", problems=tuple(sorted(self.problems)))
        return HostAccessTable(tuple(self.policies.values()), tuple(self.entries))

    def policy(self, name: Token) -> None:
        rule = self.rule()
        if not NAME.match(name.text[1:]) or name.text[1:] in self.policies:
            self.wrong(name, "a dollar sign and a name not used before: letters, digits, _ and -")
        settings = self.settings()
        if rule is not None:
            self.policies[name.text[1:]] = MailFlowPolicy(name.text[1:], rule, settings)
        self.tokens.comment()

    def rule(self) -> AccessRule | None:
        token = self.tokens.next()
        if token is not None and token.kind is TokenKind.WORD and token.text in _RULES:
            return AccessRule(token.text)
        self.wrong(token or Token(TokenKind.WORD, "end of file", self.tokens.line), RULES)
        return None

    def settings(self) -> dict[str, Value]:
        settings: dict[str, Value] = {}
        if not self.tokens.skip("{"):
            return settings
        while not self.tokens.skip("}"):
            name = self.tokens.next()
            if name is None:
                self.problems.append(Problem(self.tokens.line, "end of file", "}"))
                break
            setting = SETTINGS.get(name.text) if name.kind is TokenKind.WORD else None
            if not self.tokens.skip("="):
                self.wrong(name, "name = value, or }")
                continue
            value = self.tokens.next()
            if setting is None or name.text in settings:
                self.wrong(name, "once each: " + ", ".join(SETTINGS))
            elif value is not None:
                try:
                    settings[name.text] = setting.read(value.text, quoted=value.kind is TokenKind.STRING)
                except (ValueError, KeyError):
                    self.wrong(value, f"{name.text} = {setting.allowed}")
        return settings

    def group(self, token: Token) -> None:
        name = token.text[:-1]
        if name in self.groups:
            self.wrong(token, "every group once")
        self.groups.add(name)
        members: list[Member] = []
        while (word := self.tokens.next()) is not None:
            if word.kind is not TokenKind.WORD:
                self.wrong(word, f"{ALLOWED}, $POLICY, or one of {RULES}")
                return
            if word.text.startswith("$") or word.text in _RULES:
                self.entries.append(Entry(name, tuple(members), self.action(word), self.tokens.comment()))
                return
            members += self.member(word)
        self.wrong(token, f"sources, then $POLICY or one of {RULES}")

    def member(self, word: Token) -> list[Member]:
        try:
            source = parse_source(word.text)
        except BadSource as error:
            self.problems.append(Problem(word.line, word.text, ALLOWED, error.fields["why"]))
            self.tokens.comment()
            return []
        if isinstance(source, Everyone):
            self.wrong(word, "ALL only as the last entry, outside of groups")
        return [Member(source, self.tokens.comment())]

    def action(self, word: Token) -> str | AccessRule:
        if word.text.startswith("$"):
            self.references.append(word)
            return word.text[1:]
        return AccessRule(word.text)

    def single(self, word: Token) -> None:
        if self.after_all():
            self.wrong(word, "nothing after ALL")
        everyone = word.text.upper() == "ALL"
        members = [Member(Everyone(), self.tokens.comment())] if everyone else self.member(word)
        action = self.tokens.next()
        if action is None or action.kind is not TokenKind.WORD:
            self.wrong(action or word, f"$POLICY or one of {RULES} after the source")
        elif not action.text.startswith("$") and action.text not in _RULES:
            self.wrong(action, f"$POLICY or one of {RULES} after the source")
        else:
            self.entries.append(Entry("", tuple(members), self.action(action), self.tokens.comment()))

    def after_all(self) -> bool:
        return any(isinstance(m.source, Everyone) for entry in self.entries[-1:] for m in entry.members)


def format_hat(table: HostAccessTable) -> str:
    """The table as text that `parse_hat` reads back to an equal one."""
    return "\n".join(_lines(table)) + "\n"


def _lines(table: HostAccessTable) -> Iterator[str]:
    for policy in table.policies:
        yield f"${policy.name}"
        if not policy.settings:
            yield f"    {policy.rule}"
            continue
        yield f"    {policy.rule} {{"
        for name, value in policy.settings.items():
            setting = SETTINGS[name]
            text = setting.write(value)
            yield f"        {name} = {text if setting.kind is Kind.NUMBER else quote(text)}"
        yield "    }"
    for entry in table.entries:
        action = entry.policy if isinstance(entry.policy, AccessRule) else f"${entry.policy}"
        if entry.group:
            yield f"{entry.group}:"
            for member in entry.members:
                yield f"    {member.source}{remark(member.comment)}"
        else:
            yield f"{entry.members[0].source}{remark(entry.members[0].comment)}"
        yield f"    {action}{remark(entry.comment)}"
