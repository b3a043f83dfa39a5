"""Who may go where in one step: versions and the edges between them.

The edges are those the releases name (U1), one by one; none is guessed from version numbers. A barrier or a dead
end takes edges away, also those of releases written before anyone knew of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from mailward.version import Version
from upgrade.catalogue.document import digest
from upgrade.catalogue.release import Deployment, Release


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """One upgrade with one reboot."""

    source: Version
    target: Version

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


@dataclass(frozen=True, slots=True)
class Node:
    """A version. One that is only a place to start from has no deployment type and no payload.

    payload: ``sha256:`` and the hash of the release's document.
    supported: models the release runs on, sorted.
    """

    version: Version
    payload: str = ""
    deployment: Deployment | None = None
    update: bool = False
    supported: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    barrier: str = ""
    dead_end: str = ""


class Cut(StrEnum):
    """What takes an edge away."""

    BARRIER = "barrier"
    DEAD_END = "dead-end"


@dataclass(frozen=True, slots=True)
class Severed:
    edge: Edge
    cut: Cut
    reason: str


@dataclass(frozen=True)
class Graph:
    """Nodes by version, oldest first, and every edge that was declared."""

    nodes: Mapping[Version, Node]
    declared: frozenset[Edge]

    @cached_property
    def severed(self) -> Mapping[Edge, Severed]:
        """Declared edges that a barrier or a dead end takes away."""
        barriers = [node for node in self.nodes.values() if node.barrier]
        gone: dict[Edge, Severed] = {}
        for edge in sorted(self.declared):
            passed = next((b for b in barriers if edge.source < b.version < edge.target), None)
            if why := self.nodes[edge.source].dead_end:
                text = f"{edge.source} is a dead end: {why}"
                gone[edge] = Severed(edge, Cut.DEAD_END, text)
            elif passed is not None:
                text = f"{edge.target} may be reached from {edge.source} by way of {passed.version} only"
                gone[edge] = Severed(edge, Cut.BARRIER, f"{text}: {passed.barrier}")
        return gone

    @cached_property
    def edges(self) -> frozenset[Edge]:
        """Edges that can be used."""
        return self.declared - self.severed.keys()


def build(releases: Iterable[Release]) -> Graph:
    """The graph of some releases and of every version they accept."""
    offered = {release.id: release for release in releases}
    edges = frozenset(Edge(source, target) for target, r in offered.items() for source in r.sources)
    versions = offered.keys() | {edge.source for edge in edges}
    return Graph({v: _node(offered[v]) if v in offered else Node(v) for v in sorted(versions)}, edges)


def _node(release: Release) -> Node:
    return Node(
        version=release.id,
        payload=digest(release),
        deployment=release.deployment,
        update=release.update,
        supported=release.hardware.supported,
        conditions=tuple(sorted(condition.id for condition in release.conditions if condition.blocks)),
        barrier=release.barrier or "",
        dead_end=release.dead_end or "",
    )
