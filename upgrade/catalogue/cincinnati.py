"""The graph in the form that Cincinnati servers and their clients speak.

``{"nodes": [{"version", "payload", "metadata"}], "edges": [[from, to], …]}``: an edge holds positions in `nodes`,
metadata is text by text. Nodes are written oldest first and edges sorted, so one graph has one export. Edges
that are severed are left out. What comes back is checked whole: it may be somebody else's.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from mailward.errors import BadInput
from mailward.version import BadVersion, Version
from upgrade.catalogue.document import problems
from upgrade.catalogue.graph import Edge, Graph, Node
from upgrade.catalogue.release import Deployment, Part

PREFIX = "mailward."


class BadGraph(BadInput):
    key = "upgrade.graph"
    sentence = "this is not an upgrade graph: {problem}"
    remedy = "Give a document as `mailward upgrade graph --json` prints it"


# Ends up on consoles, like the texts of a release.
Plain = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\p{C}]*$")]


class _Node(Part):
    version: str
    payload: Plain
    metadata: dict[str, Plain]


Position = Annotated[int, Field(ge=0)]


class _Graph(Part):
    nodes: tuple[_Node, ...]
    edges: tuple[tuple[Position, Position], ...]


def export(graph: Graph) -> dict[str, Any]:
    """The document, ready for JSON."""
    nodes = sorted(graph.nodes.values(), key=lambda node: node.version)
    place = {node.version: position for position, node in enumerate(nodes)}
    return {
        "nodes": [
            {"version": str(node.version), "payload": node.payload, "metadata": _metadata(node)}
            for node in nodes
        ],
        "edges": [[place[edge.source], place[edge.target]] for edge in sorted(graph.edges)],
    }


def _metadata(node: Node) -> dict[str, str]:
    content = {
        "deployment": node.deployment or "",
        "update": "true" if node.update else "",
        "models": ",".join(node.supported),
        "conditions": ",".join(node.conditions),
        "barrier": node.barrier,
        "dead-end": node.dead_end,
    }
    return {PREFIX + name: value for name, value in content.items() if value}


def parse(text: str | bytes) -> Graph:
    """The graph in an exported document. Raises `BadGraph`. Metadata of other products is passed over."""
    try:
        document = _Graph.model_validate_json(text)
        nodes = [_node(node) for node in document.nodes]
    except ValidationError as error:
        raise BadGraph(problem=problems(error)) from error
    except (BadVersion, ValueError) as error:
        raise BadGraph(problem=str(error)) from error
    by_version = {node.version: node for node in nodes}
    if len(by_version) != len(nodes):
        raise BadGraph(problem="a version is there twice")
    edges = set()
    for source, target in document.edges:
        if max(source, target) >= len(nodes):
            raise BadGraph(problem=f"edge [{source}, {target}] points beyond the {len(nodes)} nodes")
        edge = Edge(nodes[source].version, nodes[target].version)
        # Upwards only: this is also why there can be no cycle.
        if edge.source >= edge.target:
            raise BadGraph(problem=f"edge {edge} does not lead to a newer version")
        edges.add(edge)
    return Graph(dict(sorted(by_version.items())), frozenset(edges))


def _node(node: _Node) -> Node:
    def value(name: str) -> str:
        return node.metadata.get(PREFIX + name, "")

    def words(name: str) -> tuple[str, ...]:
        return tuple(value(name).split(",")) if value(name) else ()

    deployment = value("deployment")
    return Node(
        version=Version.parse(node.version),
        payload=node.payload,
        deployment=Deployment(deployment) if deployment else None,
        update=value("update") == "true",
        supported=words("models"),
        conditions=words("conditions"),
        barrier=value("barrier"),
        dead_end=value("dead-end"),
    )


def dump(graph: Graph) -> str:
    """The document as JSON text."""
    return json.dumps(export(graph), ensure_ascii=False)
