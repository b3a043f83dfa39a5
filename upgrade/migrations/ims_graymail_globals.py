"""U10: intelligent multi-scan and graymail share their global settings.

On differing levels of the cluster both go to the lowest; of differing maximum message sizes and timeouts both get
the larger one.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator

from upgrade.migrations.document import number, put, text
from upgrade.migrations.report import Entry, changed, review

if typing.TYPE_CHECKING:
    from lxml.etree import _Element as Element

PARTS = ("multi_scan", "graymail")
LEVELS = ("machine", "group", "cluster")  # lowest first
# What holds where a file leaves it out.
LEVEL = "machine"
NUMBERS = {"maximum_message_size": 1 << 20, "timeout": 60}


def levels(root: Element) -> tuple[str, str]:
    """The level of multi-scan, and that of graymail."""
    first, second = (text(root, f"{part}/level", LEVEL).lower() for part in PARTS)
    return first, second


def migrate(root: Element) -> Iterator[Entry]:
    here = levels(root)
    if here[0] != here[1] and set(here) <= set(LEVELS):
        lowest = min(here, key=LEVELS.index)
        for part in PARTS:
            put(root, f"{part}/level", lowest)
        yield changed(
            "multi_scan, graymail",
            f"were set on the levels {here[0]} and {here[1]}; both are on {lowest} now",
        )
        yield review(
            "multi_scan, graymail",
            f"look at the global settings on the level {lowest}: they were copied there",
        )
    for name, default in NUMBERS.items():
        values = [number(root, f"{part}/{name}", default) for part in PARTS]
        if values[0] != values[1]:
            for part in PARTS:
                put(root, f"{part}/{name}", str(max(values)))
            yield changed(
                "multi_scan, graymail", f"had {name} {values[0]} and {values[1]}; both have {max(values)} now"
            )
