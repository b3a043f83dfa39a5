"""Releases made up for tests, and the table of U1 written out a second time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from hypothesis import strategies as st

from mailward.version import Version
from upgrade.catalogue.catalogue import Catalogue, Vulnerable
from upgrade.catalogue.graph import Edge
from upgrade.catalogue.release import (
    Condition,
    ConditionId,
    Deployment,
    Hardware,
    Issue,
    Migration,
    Note,
    NoteKind,
    Release,
)

# Target, type, sources: as in requirements.md, not read from the data under test.
U1 = {
    "14.2.3-031": ("MD update", "14.2.1-020 14.2.2-004 14.2.3-027"),
    "14.2.3-027": ("MD", "13.0.5-007 13.5.4-038 14.2.1-015 14.2.1-020 14.2.2-004"),
    "14.2.2-004": (
        "MD",
        "13.0.5-007 13.5.4-038 13.5.4-106 14.0.0-698 14.0.1-033 14.0.1-305 14.0.2-020 14.0.3-015 14.2.0-620 "
        "14.2.1-015 14.2.1-020 14.2.1-616",
    ),
    "14.2.1-020": (
        "MD update",
        "13.5.1-273 13.5.1-277 13.5.2-103 13.5.4-031 13.5.4-038 14.0.0-692 14.0.0-698 14.0.1-033 14.0.2-020 "
        "14.0.2-228 14.0.3-015 14.2.0-616 14.2.0-620 14.2.1-015",
    ),
    "14.2.1-015": (
        "MD",
        "13.5.4-020 13.5.4-031 14.0.0-698 14.0.1-033 14.0.1-305 14.0.2-020 14.0.2-228 14.0.2-606 14.0.3-015 "
        "14.2.0-620",
    ),
    "14.2.0-620": (
        "GD",
        "13.5.1-277 13.5.2-036 13.7.0-093 14.0.0-480 14.0.0-657 14.0.0-692 14.0.0-698 14.0.1-033 14.0.1-103 "
        "14.0.2-020 14.0.2-228 14.0.2-606 14.2.0-102 14.2.0-468 14.2.0-524 14.2.0-616",
    ),
}
PAIRS = frozenset(
    Edge(Version.parse(source), Version.parse(target))
    for target, (_, sources) in U1.items()
    for source in sources.split()
)

MODELS = ("C1", "C2")
POOL = tuple(Version(14, minor, maintenance, 7) for minor in (0, 2) for maintenance in range(4))


def release(
    version: Version,
    sources: Iterable[Version] = (),
    *,
    deployment: Deployment = Deployment.MAINTENANCE,
    supported: Iterable[str] = MODELS,
    barrier: str | None = None,
    dead_end: str | None = None,
    conditions: tuple[Condition, ...] = (),
    migrations: tuple[Migration, ...] = (),
    notes: tuple[Note, ...] = (),
) -> Release:
    number, build = str(version).split("-")
    return Release(
        format=1,
        version=number,
        build=build,
        deployment=deployment,
        sources=tuple(sources),
        hardware=Hardware(supported=tuple(supported)),
        barrier=barrier,
        dead_end=dead_end,
        conditions=conditions,
        migrations=migrations,
        notes=notes,
    )


def shelf(releases: Iterable[Release], *, vulnerable: Iterable[Version] = ()) -> Catalogue:
    """A catalogue that holds just these."""
    by_version: Mapping[Version, Release] = {r.id: r for r in releases}
    bad = Vulnerable(reason="it is vulnerable", advisory="A-1", versions=tuple(vulnerable))
    return Catalogue(by_version, (), bad)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """Some releases of `POOL` with any edges upwards, barriers, dead ends and gaps in the hardware."""
    reason = st.sampled_from([None, None, None, "because"])
    releases = []
    for place, version in enumerate(POOL):
        if not draw(st.integers(0, 3)):
            continue  # known as a source at most
        releases.append(
            release(
                version,
                draw(st.sets(st.sampled_from(POOL[:place]))) if place else (),
                deployment=draw(st.sampled_from(Deployment)),
                supported=draw(st.sampled_from([MODELS, MODELS, MODELS[:1]])),
                barrier=draw(reason),
                dead_end=draw(reason),
            )
        )
    return shelf(releases)


_versions = st.builds(Version, *[st.integers(0, 999)] * 4)
_texts = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30)
_slugs = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8})?", fullmatch=True)
_models = st.lists(st.from_regex(r"[A-Z0-9]{1,5}", fullmatch=True), max_size=4, unique=True)


def _unique(
    items: st.SearchStrategy[Note | Migration | Issue | Condition],
) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(items, max_size=3, unique_by=lambda item: item.id).map(tuple)


@st.composite
def any_release(draw: st.DrawFn) -> Release:
    """Any release the schema allows."""
    own = draw(_versions.filter(lambda version: version > Version(0, 0, 0, 0)))
    number, build = str(own).split("-")
    names = draw(_models)
    cut = draw(st.integers(0, len(names)))
    bound = st.none() | _versions
    conditions = st.builds(
        Condition,
        id=st.sampled_from(ConditionId),
        text=_texts,
        blocks=st.booleans(),
        models=_models.map(tuple),
        older_than=bound,
    )
    notes = st.builds(Note, id=_slugs, kind=st.sampled_from(NoteKind), text=_texts)
    issues = st.builds(Issue, id=_slugs, text=_texts, workaround=st.none() | _texts)
    return Release.model_validate(
        {
            "format": 1,
            "version": number,
            "build": build,
            "deployment": draw(st.sampled_from(Deployment)),
            "update": draw(st.booleans()),
            "sources": tuple(draw(st.sets(_versions.filter(lambda version: version < own), max_size=4))),
            "hardware": Hardware(supported=tuple(names[:cut]), unsupported=tuple(names[cut:])),
            "barrier": draw(st.none() | _texts),
            "dead_end": draw(st.none() | _texts),
            "conditions": draw(_unique(conditions)),
            "migrations": draw(_unique(st.builds(Migration, id=_slugs, text=_texts, older_than=bound))),
            "notes": draw(_unique(notes)),
            "known": draw(_unique(issues)),
            "fixed": draw(_unique(issues)),
        }
    )


def all_chains(edges: Iterable[Edge], source: Version, target: Version) -> list[tuple[Edge, ...]]:
    """Every chain between two versions, by trying every selection of stops between them."""
    usable = set(edges)
    stops = sorted({edge.target for edge in usable if source < edge.target < target})
    found = []
    for count in range(len(stops) + 1):
        for between in itertools.combinations(stops, count):
            points = (source, *between, target)
            chain = tuple(Edge(a, b) for a, b in itertools.pairwise(points))
            if all(edge in usable for edge in chain):
                found.append(chain)
    return found
