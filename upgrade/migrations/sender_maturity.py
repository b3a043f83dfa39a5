"""U21, G6: filters on the age of a sender's domain become filters on its maturity.

Maturity is told in days, up to 30. A value that has no such number of days leaves its filter inactive, with the
old value in it for whoever looks.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator

from upgrade.migrations.document import children, is_on, put, text
from upgrade.migrations.report import Entry, changed, review
from upgrade.migrations.rules import Call, arguments, replace, unquoted

if typing.TYPE_CHECKING:
    from lxml.etree import _Element as Element

OLD, NEW = "sdr-age", "sender-maturity"
MOST_DAYS = 30
DAYS = {"days": 1, "weeks": 7, "months": 30, "years": 365}
OPERATORS = frozenset({"<", "<=", "==", "!=", ">", ">="})


def migrate(root: Element) -> Iterator[Entry]:
    for found in children(root, "message_filters/filter"):
        name, rule = text(found, "filter_name"), text(found, "rule")
        invalid: list[str] = []

        def spell(call: Call, invalid: list[str] = invalid) -> str:
            return _spell(call, invalid)

        new = replace(rule, OLD, spell)
        if new == rule:
            continue
        put(found, "rule", new)
        yield changed(f"filter {name}", "is about the sender's maturity; it was about its domain's age")
        if not invalid:
            continue
        if is_on(found, "active", default=True):
            put(found, "active", "no")
            yield changed(f"filter {name}", "is inactive now")
        yield review(
            f"filter {name}",
            f"{', '.join(invalid)} is no maturity: write 0 to {MOST_DAYS} days, then activate the filter",
        )


def _spell(call: Call, invalid: list[str]) -> str:
    unit, *rest = arguments(call.arguments)
    if unquoted(unit) == "unknown":
        return f"{NEW} ({call.arguments})"
    days = _days(unquoted(unit), rest)
    if days is None:
        invalid.append(call.text)
        return f"{NEW} ({call.arguments})"
    words = ", ".join(['"days"', rest[0], str(days), *rest[2:]])
    return f"{NEW} ({words})"


def _days(unit: str, rest: list[str]) -> int | None:
    if len(rest) < 2 or unit not in DAYS or rest[0] not in OPERATORS or not rest[1].isascii():
        return None
    if not rest[1].isdigit() or len(rest[1]) > 6:
        return None
    days = int(rest[1]) * DAYS[unit]
    return days if days <= MOST_DAYS else None
