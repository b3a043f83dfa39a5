"""The shortest chain between two versions, and of several the one that this page prefers.

Of the chains with the fewest upgrades, their stops are compared from the first on: the more widely deployed
release goes first (GD, MD, LD), then the newer one. The answer does not depend on the order of the edges.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailward.version import Version
from upgrade.catalogue.graph import Edge, Node


@dataclass(frozen=True, slots=True)
class Step:
    """One upgrade of a chain. `others` are stops from which it would have been as far, best first."""

    edge: Edge
    others: tuple[Version, ...]


def distances(edges: Iterable[Edge], target: Version) -> dict[Version, int]:
    """How many upgrades each version is away from `target`; versions that cannot reach it are not in it."""
    backwards: dict[Version, list[Version]] = {}
    for edge in edges:
        backwards.setdefault(edge.target, []).append(edge.source)
    far = {target: 0}
    waiting = deque([target])
    while waiting:
        version = waiting.popleft()
        for source in backwards.get(version, ()):
            if source not in far:
                far[source] = far[version] + 1
                waiting.append(source)
    return far


def reachable(edges: Iterable[Edge], source: Version) -> frozenset[Version]:
    """Versions that some chain leads to, `source` itself not among them."""
    reversed_edges = [Edge(edge.target, edge.source) for edge in edges]
    return frozenset(distances(reversed_edges, source)) - {source}


def shortest(
    edges: Iterable[Edge], nodes: Mapping[Version, Node], source: Version, target: Version
) -> tuple[Step, ...]:
    """The chain from `source` to `target`; empty if there is none, or nowhere to go."""
    usable = tuple(edges)
    far = distances(usable, target)
    steps: list[Step] = []
    while source != target and source in far:
        nearer = {e.target for e in usable if e.source == source and far.get(e.target) == far[source] - 1}
        best, *others = sorted(nearer, key=lambda version: _rank(nodes[version]), reverse=True)
        steps.append(Step(Edge(source, best), tuple(others)))
        source = best
    return tuple(steps)


def _rank(node: Node) -> tuple[int, Version]:
    return (-1 if node.deployment is None else node.deployment.width), node.version
