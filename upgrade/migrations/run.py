"""All migrations, and running some of them over a configuration. Pure: bytes in, bytes and a report out."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from mailward.errors import BadInput
from upgrade.migrations import (
    ca_certificates,
    ims_graymail_globals,
    sdr_verdicts,
    sender_maturity,
    syslog_buffers,
    text_resource_names,
    web_timeout,
)
from upgrade.migrations.document import dump, parse
from upgrade.migrations.report import Entry, Kind

if typing.TYPE_CHECKING:
    from lxml.etree import _Element as Element

Step = Callable[["Element"], Iterator[Entry]]

TIMELESS: dict[str, Step] = {
    "ims-graymail-globals": ims_graymail_globals.migrate,
    "sdr-verdicts": sdr_verdicts.migrate,
    "sender-maturity": sender_maturity.migrate,
    "syslog-buffers": syslog_buffers.migrate,
    "web-timeout": web_timeout.migrate,
    "text-resource-names": text_resource_names.migrate,
}
IDS = (*TIMELESS, "ca-certificates")


class UnknownMigration(BadInput):
    """A release asks for what this code cannot do: installing it would leave the configuration half migrated."""

    key = "upgrade.migration.unknown"
    sentence = "there is no migration {name}; there are {known}"
    remedy = "Upgrade by way of a release that has it: `mailward upgrade plan` shows the way"


@dataclass(frozen=True, slots=True)
class Migrated:
    """`document` is `before` itself where nothing had to change."""

    document: bytes
    entries: tuple[Entry, ...]

    @property
    def reviews(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.kind is Kind.REVIEW)


def migrate(before: bytes, ids: Iterable[str], now: datetime) -> Migrated:
    """Run the migrations `ids` in the order given. Raises `NotXml`, `UnknownMigration`."""
    root = parse(before)
    entries: list[Entry] = []
    for name in ids:
        entries += [replace(entry, migration=name) for entry in step(name, now)(root)]
    touched = any(entry.kind is not Kind.REVIEW for entry in entries)
    return Migrated(dump(root) if touched else before, tuple(entries))


def step(name: str, now: datetime) -> Step:
    """The migration of that name; it changes the tree it is given. Raises `UnknownMigration`."""
    if name == "ca-certificates":
        return lambda root: ca_certificates.migrate(root, now)
    try:
        return TIMELESS[name]
    except KeyError as error:
        raise UnknownMigration(name=name, known=", ".join(IDS)) from error
