"""Changes of the access tables, one at a time: each function answers a new table. Pure.

Raises ValueError, with a clause that says why, for what would not be a table any more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from gateway.access.hat import Entry, HostAccessTable, Member
from gateway.access.policies import AccessRule, MailFlowPolicy, Value
from gateway.access.rat import ALL, RatEntry, RecipientAccessTable
from gateway.access.sources import BadSource, Everyone, NoScore, Score, parse_source


def label(entry: Entry) -> str:
    """What people call an entry: its sender group, or its one source."""
    return entry.group or str(entry.members[0].source)


def members(texts: Iterable[str]) -> tuple[Member, ...]:
    try:
        return tuple(Member(parse_source(text)) for text in texts)
    except BadSource as error:
        raise ValueError(str(error)) from error


def put_entry(
    table: HostAccessTable, name: str, sources: Iterable[str], policy: str, comment: str = "", *, new: bool
) -> HostAccessTable:
    """A sender group with these sources, in the place it has.

    A new one goes above the first entry that goes by reputation, or is ALL: below it hardly anybody would reach it.
    """
    _known(table, policy)
    found = members(sources)
    if not found:
        raise ValueError("a sender group needs a source: an address, a host, a reputation")
    entry = Entry(name, found, _behaviour(policy), comment)
    names = [label(one) for one in table.entries]
    if new:
        if name in names:
            raise ValueError(f"there is an entry {name} already")
        at = next((n for n, one in enumerate(table.entries) if _catches_many(one)), len(table.entries))
        entries = (*table.entries[:at], entry, *table.entries[at:])
    else:
        entries = tuple(entry if label(one) == name else one for one in table.entries)
    return dataclasses.replace(table, entries=entries)


def remove_entry(table: HostAccessTable, name: str) -> HostAccessTable:
    if name == ALL:
        raise ValueError("ALL is always the last entry; `default` changes what it does")
    return dataclasses.replace(table, entries=tuple(one for one in table.entries if label(one) != name))


def move_entry(table: HostAccessTable, name: str, position: int) -> HostAccessTable:
    """To `position`, from 1. ALL stays last."""
    rest = [one for one in table.entries if label(one) != name]
    moved = [one for one in table.entries if label(one) == name]
    if not moved or name == ALL:
        raise ValueError("only entries above ALL can be moved")
    ceiling = len(rest) - 1 if rest and _is_all(rest[-1]) else len(rest)
    at = min(position - 1, ceiling)
    return dataclasses.replace(table, entries=(*rest[:at], *moved, *rest[at:]))


def set_default(table: HostAccessTable, policy: str) -> HostAccessTable:
    """What happens to whom no other entry is about."""
    _known(table, policy)
    entries = tuple(
        dataclasses.replace(one, policy=_behaviour(policy)) if _is_all(one) else one for one in table.entries
    )
    if not any(_is_all(one) for one in entries):
        entries = (*entries, Entry("", (Member(Everyone()),), _behaviour(policy)))
    return dataclasses.replace(table, entries=entries)


def put_policy(
    table: HostAccessTable, name: str, rule: AccessRule, settings: Mapping[str, Value]
) -> HostAccessTable:
    """A mail flow policy with these settings, in the place it has, or behind the others."""
    made = MailFlowPolicy(name, rule, dict(settings))
    names = [policy.name for policy in table.policies]
    policies = (
        tuple(made if policy.name == name else policy for policy in table.policies)
        if name in names
        else (*table.policies, made)
    )
    return dataclasses.replace(table, policies=policies)


def remove_policy(table: HostAccessTable, name: str) -> HostAccessTable:
    users = [label(entry) for entry in table.entries if entry.policy == name]
    if users:
        raise ValueError(f"${name} is used by {', '.join(users)}")
    return dataclasses.replace(table, policies=tuple(p for p in table.policies if p.name != name))


def put_recipient(table: RecipientAccessTable, entry: RatEntry, *, new: bool) -> RecipientAccessTable:
    """In the place it has, or right above ALL if it is new."""
    known = [one.recipient for one in table.entries]
    if new and entry.recipient in known:
        raise ValueError(f"there is an entry for {entry.recipient} already")
    if entry.recipient in known:
        return RecipientAccessTable(
            tuple(entry if one.recipient == entry.recipient else one for one in table.entries)
        )
    return RecipientAccessTable((*table.entries[:-1], entry, table.entries[-1]))


def remove_recipient(table: RecipientAccessTable, recipient: str) -> RecipientAccessTable:
    if recipient == ALL:
        raise ValueError("ALL is always the last entry; `edit` changes what it does")
    return RecipientAccessTable(tuple(one for one in table.entries if one.recipient != recipient))


def _behaviour(policy: str) -> str | AccessRule:
    return AccessRule(policy) if policy in set(AccessRule) else policy.removeprefix("$")


def _known(table: HostAccessTable, policy: str) -> None:
    names = [one.name for one in table.policies]
    if policy not in set(AccessRule) and policy.removeprefix("$") not in names:
        allowed = ", ".join([*(f"${name}" for name in names), *AccessRule])
        raise ValueError(f"there is no mail flow policy {policy}; there are {allowed}")


def _catches_many(entry: Entry) -> bool:
    return any(isinstance(member.source, Everyone | Score | NoScore) for member in entry.members)


def _is_all(entry: Entry) -> bool:
    return not entry.group and isinstance(entry.members[0].source, Everyone)
