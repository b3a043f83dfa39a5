import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.upgrade.releases import PAIRS, catalogues
from upgrade.catalogue import cincinnati
from upgrade.catalogue.catalogue import Catalogue, catalogue
from upgrade.catalogue.cincinnati import BadGraph
from upgrade.catalogue.graph import Edge, build

SHIPPED = build(catalogue().releases.values())


def test_the_shipped_graph_as_a_client_reads_it() -> None:
    """Only what the protocol says: positions in the list of nodes, metadata text by text."""
    document = json.loads(cincinnati.dump(SHIPPED))
    assert set(document) == {"nodes", "edges"}
    names = [node["version"] for node in document["nodes"]]
    pairs = {(names[source], names[target]) for source, target in document["edges"]}
    assert pairs == {(str(edge.source), str(edge.target)) for edge in PAIRS}
    newest = document["nodes"][names.index("14.2.3-031")]
    assert set(newest) == {"version", "payload", "metadata"}
    assert newest["payload"].startswith("sha256:")
    assert newest["metadata"]["mailward.deployment"] == "MD"
    assert newest["metadata"]["mailward.conditions"] == "cluster-hardware,disk-limit,fips-off,lldp-off"
    assert all(isinstance(text, str) for node in document["nodes"] for text in node["metadata"].values())


def test_the_shipped_graph_comes_back() -> None:
    assert cincinnati.parse(cincinnati.dump(SHIPPED)) == SHIPPED


@given(catalogues())
def test_a_graph_comes_back_without_its_severed_edges(known: Catalogue) -> None:
    graph = build(known.releases.values())
    back = cincinnati.parse(cincinnati.dump(graph))
    assert back.nodes == graph.nodes
    assert back.declared == back.edges == graph.edges
    assert cincinnati.dump(back) == cincinnati.dump(graph)


def _document(**changes: object) -> str:
    names = ("14.2.1-001", "14.2.2-001")
    nodes: list[dict[str, object]] = [{"version": name, "payload": "", "metadata": {}} for name in names]
    return json.dumps({"nodes": nodes, "edges": [[0, 1]], **changes})


def test_metadata_of_other_products_is_passed_over() -> None:
    text = _document().replace('"metadata": {}', '"metadata": {"org.example.age_index": "7"}')
    (edge,) = cincinnati.parse(text).edges
    assert (str(edge.source), str(edge.target)) == ("14.2.1-001", "14.2.2-001")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (_document(edges=[[0, 2]]), "points beyond"),
        (_document(edges=[[1, 0]]), "does not lead to a newer version"),
        (_document(edges=[[0, 0]]), "does not lead to a newer version"),
        (_document(edges=[[0, -1]]), "edges.0.1"),
        (_document(edges=[[0, True]]), "edges.0.1"),
        (_document(edges=[[0]]), "edges.0"),
        (_document(conditionalEdges=[]), "conditionalEdges"),
        (_document().replace("14.2.2-001", "14.2.1-001"), "a version is there twice"),
        (_document().replace("14.2.2-001", "4.17.0"), "not a release version"),
        (_document().replace('"metadata": {}', '"metadata": {"a": 1}'), "metadata"),
        (_document().replace('"metadata": {}', '"metadata": {"mailward.barrier": "\\u001b[2J"}'), "metadata"),
        (_document().replace('"metadata": {}', '"metadata": {"mailward.deployment": "XD"}'), "XD"),
        ('{"kind": "internal_error", "value": "no graph"}', "nodes: Field required"),
        ("[" * 100_000, "recursion"),
        ("\ud800", "unicode string"),
    ],
)
def test_what_is_no_graph_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadGraph) as caught:
        cincinnati.parse(text)
    assert problem in str(caught.value)


cells = st.integers(-2, 4) | st.booleans() | st.text(max_size=3) | st.none()
versions = st.sampled_from(["14.2.1-001", "14.2.2-001", "14.2.3-001", "14.2", ""]) | st.text(max_size=12)
fuzzed = st.fixed_dictionaries(
    {
        "nodes": st.lists(
            st.fixed_dictionaries(
                {
                    "version": versions,
                    "payload": st.text(max_size=3),
                    "metadata": st.dictionaries(
                        st.sampled_from(["mailward.deployment", "mailward.update", "mailward.models", "x"]),
                        st.sampled_from(["MD", "GD", "true", "C1,C2", ""]) | st.text(max_size=3),
                    ),
                }
            ),
            max_size=4,
        ),
        "edges": st.lists(st.lists(cells, min_size=1, max_size=3), max_size=4),
    }
)


@given(fuzzed.map(json.dumps) | st.text() | st.binary())
def test_any_document_is_a_graph_without_cycles_or_refused(text: str | bytes) -> None:
    with contextlib.suppress(BadGraph):
        graph = cincinnati.parse(text)
        assert all(isinstance(edge, Edge) and edge.source < edge.target for edge in graph.declared)
        assert {v for edge in graph.declared for v in (edge.source, edge.target)} <= set(graph.nodes)
        assert cincinnati.parse(cincinnati.dump(graph)).edges == graph.edges
