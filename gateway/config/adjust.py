"""What is put right in a configuration of before when it is loaded: what an upgrade from there would do to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from mailward.version import Version
from upgrade.catalogue.catalogue import catalogue
from upgrade.migrations.report import Entry, Kind
from upgrade.migrations.run import step

Notice = Entry
NoticeKind = Kind
# Of a file that does not say its release as well: harmless to one that is new, and asked of every load (U19, U20, U23).
ALWAYS = frozenset({"ca-certificates", "syslog-buffers", "text-resource-names"})
WHOLE = frozenset({"web-timeout"})  # what a part of a configuration leaves out means nothing


def adjust(root: Any, now: datetime, version: Version | None) -> tuple[Notice, ...]:
    """Put right what is below `root`, a file of release `version` (None: not known); what was done."""
    return tuple(_notices(root, now, version))


def _notices(root: Any, now: datetime, version: Version | None) -> Iterator[Notice]:
    whole = root.find("hostname") is not None
    releases = catalogue().releases
    for migration in releases[max(releases)].migrations:
        older = version is not None and migration.concerns_source(version)
        if (older or migration.id in ALWAYS) and (whole or migration.id not in WHOLE):
            for notice in step(migration.id, now)(root):
                yield replace(notice, migration=migration.id)
