"""U21: filters that name an old verdict of sender domain reputation name the new ones.

There were seven and there are six, so one does not always become one: which are worse and which are better stays
as it was, and where an old verdict covered what are two now, both stand there.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator

from upgrade.migrations.document import children, put, text
from upgrade.migrations.report import Entry, changed, review
from upgrade.migrations.rules import Call, arguments, replace, unquoted

if typing.TYPE_CHECKING:
    from lxml.etree import _Element as Element

CALL = "sdr-reputation"
NEW = ("untrusted", "questionable", "neutral", "favorable", "trusted", "unknown")  # G5
VERDICTS: dict[str, tuple[str, ...]] = {
    "awful": ("untrusted",),
    "poor": ("questionable",),
    "tainted": ("questionable",),
    "weak": ("neutral",),
    "good": ("favorable", "trusted"),
}


def migrate(root: Element) -> Iterator[Entry]:
    for found in children(root, "message_filters/filter"):
        name, rule = text(found, "filter_name"), text(found, "rule")
        strange: list[str] = []

        def spell(call: Call, strange: list[str] = strange) -> str:
            return _spell(call, strange)

        new = replace(rule, CALL, spell)
        if new != rule:
            put(found, "rule", new)
            yield changed(f"filter {name}", "names the new verdicts of sender domain reputation")
            yield review(
                f"filter {name}",
                "look whether it still does what it should: an old verdict may cover more or less than a new one",
            )
        for verdict in strange:
            yield review(f"filter {name}", f"names {verdict!r}, which is no verdict, old or new")


def _spell(call: Call, strange: list[str]) -> str:
    first, *rest = arguments(call.arguments)
    if not (first.startswith("[") and first.endswith("]")):
        return call.text
    old = [unquoted(item) for item in arguments(first[1:-1]) if item]
    new: list[str] = []
    for verdict in old:
        known = verdict.lower()
        if known not in VERDICTS and known not in NEW:
            strange.append(verdict)
        new += [one for one in VERDICTS.get(known, (verdict,)) if one not in new]
    if new == old:
        return call.text
    listed = ", ".join(f"'{verdict}'" for verdict in new)
    return f"{call.name} ({', '.join([f'[{listed}]', *rest])})"
