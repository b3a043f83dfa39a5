"""What the running configuration says against a release (U9, U10, U12, U19–U21, U23). Pure: a document in."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from datetime import datetime

from hwmgmt.quota.project import Usage
from hwmgmt.size import format_size
from upgrade.catalogue.release import ConditionId, Release
from upgrade.migrations.document import children, is_on, parse, text
from upgrade.migrations.ims_graymail_globals import levels
from upgrade.migrations.report import Entry, Kind
from upgrade.migrations.run import migrate
from upgrade.migrations.syslog_buffers import buffers
from upgrade.preflight.check import Answer, Severity
from upgrade.preflight.quota import FREE

if typing.TYPE_CHECKING:
    from mailward.version import Version


def fips(document: bytes, release: Release) -> Answer:
    """U9."""
    if not is_on(parse(document), "fips_mode", default=False):
        return Answer(Severity.PASS, "FIPS mode is off")
    if not any(one.id is ConditionId.FIPS_OFF for one in release.conditions):
        return Answer(Severity.PASS, f"FIPS mode is on, and {release.id} allows it")
    return Answer(
        Severity.BLOCK,
        f"FIPS mode is on, and {release.id} is not a FIPS release",
        "Run `fipsconfig`, disable it, and commit",
    )


def graymail(document: bytes, release: Release, source: Version) -> Answer:
    """U10: a warning; the migration brings both to the lower level, and the administrator reviews that."""
    multi_scan, gray = levels(parse(document))
    asked = any(
        one.id is ConditionId.IMS_GRAYMAIL_LEVEL and one.concerns_source(source) for one in release.conditions
    )
    if multi_scan == gray or not asked:
        return Answer(
            Severity.PASS, f"intelligent multi-scan and graymail are set on the level {multi_scan}"
            if multi_scan == gray
            else "their levels differ, which this upgrade does not touch",
        )  # fmt: skip
    return Answer(
        Severity.WARN,
        f"intelligent multi-scan is set on the level {multi_scan}, graymail on {gray}",
        "Set both on one level before the upgrade, or review their global settings afterwards",
    )


def cluster(document: bytes, release: Release) -> Answer:
    """U12: models that cannot run the release leave the cluster first."""
    members = [
        (text(one, "member_name"), text(one, "model"))
        for one in children(parse(document), "cluster/members/member")
    ]
    bad = [f"{name} ({model})" for name, model in members if model in release.hardware.unsupported]
    if bad:
        return Answer(
            Severity.BLOCK,
            f"{release.id} does not run on members of the cluster: {', '.join(bad)}",
            "Remove them with `clusterconfig > removemachine`; all members of a cluster run one version",
        )
    unknown = [name for name, model in members if not model]
    if unknown:
        return Answer(
            Severity.WARN,
            f"the models of members of the cluster are not known: {', '.join(unknown)}",
            "Make sure that none is an x60, x70 or x80",
        )
    count = len(members)
    return Answer(
        Severity.PASS, f"all {count} members of the cluster can run it" if count else "it is in no cluster"
    )


def foreseen(
    document: bytes,
    names: Sequence[str],
    now: datetime,
    *,
    fine: str,
    remedy: str,
    kinds: Sequence[Kind] = (),
) -> Answer:
    """What migrations of the upgrade would do, told beforehand. `kinds` are those worth a warning."""
    wanted = kinds or (Kind.DROPPED, Kind.REVIEW)
    found: list[Entry] = [one for one in migrate(document, names, now).entries if one.kind in wanted]
    if not found:
        return Answer(Severity.PASS, fine)
    return Answer(Severity.WARN, "; ".join(f"{one.element} {one.text}" for one in found), remedy)


def syslog(document: bytes, usage: Usage) -> Answer:
    """U20: all disk buffers, at 1 GB at most, fit into the area `miscellaneous` beside what is there."""
    wanted = buffers(parse(document))
    if not wanted:
        return Answer(Severity.PASS, "no log subscription has a disk buffer")
    sizes = f"{format_size(wanted)} for disk buffers of syslog, {format_size(usage.used)} used"
    if usage.limit > 0 and usage.used + wanted > usage.limit:
        over = usage.used + wanted - usage.limit
        return Answer(
            Severity.BLOCK,
            f"{format_size(over)} too little in the area miscellaneous: {sizes}, of {format_size(usage.limit)}",
            FREE,
        )
    return Answer(Severity.PASS, sizes)
