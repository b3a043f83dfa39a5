"""From one version to another: the shortest chain of supported upgrades, with a reason for each, or why not.

Pure: catalogue, versions, model and denials in; a `Plan` out, or a `NoPlan` raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mailward.version import Version
from upgrade import chain
from upgrade.catalogue.catalogue import Catalogue, Line
from upgrade.catalogue.graph import Edge, Graph, build
from upgrade.catalogue.release import Condition, Issue, Migration, Note, NoteKind, Release
from upgrade.refusals import (
    DeadEnd,
    DeniedVersion,
    Downgrade,
    NoPath,
    SameVersion,
    UnknownSource,
    UnknownTarget,
    UnsupportedHardware,
    VulnerableVersion,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. Without a model, hardware is not looked at.

    denied: versions this appliance does not take, with the reason; one that was rolled back is among them.
    """

    source: Version
    target: Version
    model: str | None = None
    denied: Mapping[Version, str] | None = None


class ReviewKind(StrEnum):
    MAJOR = "major"
    MINOR = "minor"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Review:
    """Notes of a release that an upgrade passes. `required` are those of majors and minors (U13)."""

    release: str
    kind: ReviewKind
    required: bool
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Hop:
    """One upgrade, which ends with a reboot (U3).

    alternatives: stops that would make the chain no longer, best first.
    conditions, migrations: those that concern this source and the model.
    advice: what to do or to read after the reboot.
    """

    source: Version
    target: Version
    release: Release
    why: str
    alternatives: tuple[Version, ...]
    conditions: tuple[Condition, ...]
    migrations: tuple[Migration, ...]
    review: tuple[Review, ...]
    advice: tuple[Note, ...]
    known: tuple[Issue, ...]
    reboot: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    source: Version
    target: Version
    hops: tuple[Hop, ...]


def plan(catalogue: Catalogue, wish: Wish) -> Plan:
    """The best chain (see `upgrade.chain`). Raises a `NoPlan` that says why there is none."""
    graph = build(catalogue.releases.values())
    _check_ends(catalogue, graph, wish)
    closed = _closed(catalogue, graph, wish)
    steps = chain.shortest(graph.declared - closed.keys(), graph.nodes, wish.source, wish.target)
    if not steps:
        raise _no_path(catalogue, graph, wish, closed)
    hops: list[Hop] = []
    told: set[str] = set()
    for number, step in enumerate(steps):
        left = len(steps) - number
        hops.append(_hop(catalogue, wish, step, _why(step, wish.target, left, closed), told))
    return Plan(wish.source, wish.target, tuple(hops))


def _check_ends(catalogue: Catalogue, graph: Graph, wish: Wish) -> None:
    """What can be said of the two versions alone."""
    source, target, vulnerable = wish.source, wish.target, catalogue.vulnerable
    if target in vulnerable.versions:
        raise VulnerableVersion(target=target, reason=vulnerable.reason, advisory=vulnerable.advisory)
    if source == target:
        raise SameVersion(target=target)
    if target < source:
        raise Downgrade(source=source, target=target)
    release = catalogue.releases.get(target)
    if release is None:
        raise UnknownTarget(target=target, known=", ".join(map(str, catalogue.releases)))
    if source not in graph.nodes:
        raise UnknownSource(source=source, target=target)
    if reason := (wish.denied or {}).get(target):
        raise DeniedVersion(target=target, reason=reason)
    if reason := _refuses(release, wish.model):
        supported = ", ".join(release.hardware.supported)
        raise UnsupportedHardware(target=target, model=wish.model, reason=reason, supported=supported)
    if graph.nodes[source].dead_end:
        reason = f"{source} is a dead end: {graph.nodes[source].dead_end}"
        raise DeadEnd(source=source, target=target, reason=reason)


def _refuses(release: Release, model: str | None) -> str:
    return "" if model is None else release.refuses_model(model)


def _closed(catalogue: Catalogue, graph: Graph, wish: Wish) -> dict[Edge, str]:
    """Declared edges that this appliance may not take, with the reason."""
    closed = {edge: severed.reason for edge, severed in graph.severed.items()}
    for edge in graph.declared - closed.keys():
        if edge.target in catalogue.vulnerable.versions:
            closed[edge] = f"nobody may go to {edge.target}: {catalogue.vulnerable.reason}"
        elif reason := (wish.denied or {}).get(edge.target):
            closed[edge] = f"{edge.target} is denied on this appliance: {reason}"
        elif reason := _refuses(catalogue.releases[edge.target], wish.model):
            closed[edge] = reason
    return closed


def _no_path(catalogue: Catalogue, graph: Graph, wish: Wish, closed: Mapping[Edge, str]) -> NoPath:
    from_here = chain.reachable(graph.declared, wish.source) | {wish.source}
    to_there = chain.distances(graph.declared, wish.target)
    useful = [edge for edge in sorted(closed) if edge.source in from_here and edge.target in to_there]
    reasons = list(dict.fromkeys(closed[edge] for edge in useful))
    if not reasons:
        accepted = ", ".join(map(str, catalogue.releases[wish.target].sources)) or "nothing"
        reasons = [f"{wish.target} can be installed over {accepted}, and no chain leads there"]
    others = sorted(chain.reachable(graph.declared - closed.keys(), wish.source))
    way_out = f"From {wish.source} these can be reached: {', '.join(map(str, others))}"
    if not others:
        way_out = f"Set up a new appliance with {wish.target} and load the configuration there"
    return NoPath(
        source=wish.source,
        target=wish.target,
        because="; ".join(reasons),
        reasons=reasons,
        reachable=others,
        way_out=way_out,
    )


def _why(step: chain.Step, final: Version, left: int, closed: Mapping[Edge, str]) -> str:
    source, target = step.edge.source, step.edge.target
    if target == final:
        return f"{final} can be installed over {source}"
    direct = closed.get(Edge(source, final), f"{final} cannot be installed over {source}")
    rest = "one upgrade" if left == 2 else f"{left - 1} upgrades"
    text = f"{direct}; {target} can, and from there {final} is {rest} away"
    if step.others:
        text += f" (as short, but less widely deployed or older: {', '.join(map(str, step.others))})"
    return text


def _hop(catalogue: Catalogue, wish: Wish, step: chain.Step, why: str, told: set[str]) -> Hop:
    """`told` are ids of notes that an earlier release of the plan has; they are not told twice."""
    source, target = step.edge.source, step.edge.target
    release = catalogue.releases[target]
    return Hop(
        source=source,
        target=target,
        release=release,
        why=why,
        alternatives=step.others,
        conditions=tuple(
            c for c in release.conditions if c.concerns_source(source) and c.concerns_model(wish.model)
        ),
        migrations=tuple(m for m in release.migrations if m.concerns_source(source)),
        review=_review(catalogue, source, target, told),
        advice=tuple(note for note in release.notes if note.kind is NoteKind.ADVICE),
        known=release.known,
    )


def _review(catalogue: Catalogue, source: Version, target: Version, told: set[str]) -> tuple[Review, ...]:
    reviews = []
    lines = {(source.major, source.minor)}
    for item in catalogue.between(source, target):
        version = item.start if isinstance(item, Line) else item.id
        line = (version.major, version.minor)
        kind = ReviewKind.MAINTENANCE
        # The first release of a newer line brings what is new in the line, whatever its number.
        if version.maintenance == 0 or line not in lines:
            kind = ReviewKind.MINOR if version.minor else ReviewKind.MAJOR
        lines.add(line)
        notes = [note for note in item.notes if isinstance(item, Line) or note.kind is not NoteKind.ADVICE]
        fresh = tuple(note for note in notes if note.id not in told)
        told.update(note.id for note in fresh)
        name = item.name if isinstance(item, Line) else str(item.id)
        reviews.append(Review(name, kind, kind is not ReviewKind.MAINTENANCE, fresh))
    return tuple(reviews)
