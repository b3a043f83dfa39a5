"""U20, G18: a disk buffer of a syslog push holds 1 GB at most."""

from __future__ import annotations

import typing
from collections.abc import Iterator

from hwmgmt.size import format_size
from upgrade.migrations.document import children, number, put, text
from upgrade.migrations.report import Entry, changed

if typing.TYPE_CHECKING:
    from lxml.etree import _Element as Element

MOST = 1 << 30  # octets


def buffers(root: Element) -> int:
    """Octets that all buffers together may take, each cut to what is allowed."""
    return sum(
        min(MOST, max(0, number(one, "disk_buffer", 0)))
        for one in children(root, "log_subscriptions/log_subscription")
    )


def migrate(root: Element) -> Iterator[Entry]:
    for one in children(root, "log_subscriptions/log_subscription"):
        size = number(one, "disk_buffer", 0)
        if size > MOST:
            put(one, "disk_buffer", str(MOST))
            yield changed(
                f"log subscription {text(one, 'log_name')}",
                f"buffers {format_size(MOST)} on the disk; it was {format_size(size)}",
            )
