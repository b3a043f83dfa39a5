import random

from hypothesis import given
from hypothesis import strategies as st

from mailward.version import Version
from tests.upgrade.releases import POOL, all_chains, catalogues, release
from upgrade import chain
from upgrade.catalogue.catalogue import Catalogue
from upgrade.catalogue.graph import Edge, Node, build
from upgrade.catalogue.release import Deployment

A, B, C, D, E = (Version(14, 2, number, 1) for number in range(5))
versions = st.sampled_from(POOL)


def _rank(nodes: dict[Version, Node], steps: tuple[Edge, ...]) -> list[tuple[int, Version]]:
    """The rule as the page states it: stops from the first on, GD before MD before LD, then the newer."""
    order = [Deployment.LIMITED, Deployment.MAINTENANCE, Deployment.GENERAL]
    return [(order.index(nodes[edge.target].deployment or order[0]), edge.target) for edge in steps]


@given(catalogues(), versions, versions)
def test_finds_the_chain_that_trying_all_of_them_finds(
    known: Catalogue, source: Version, target: Version
) -> None:
    graph = build(known.releases.values())
    steps = tuple(step.edge for step in chain.shortest(graph.edges, graph.nodes, source, target))
    every = all_chains(graph.edges, source, target) if source != target else []
    if not every:
        assert steps == ()
        return
    fewest = min(map(len, every))
    best = max((c for c in every if len(c) == fewest), key=lambda c: _rank(dict(graph.nodes), c))
    assert steps == best


@given(catalogues(), versions, versions, st.randoms(use_true_random=False))
def test_the_order_of_edges_does_not_matter(
    known: Catalogue, source: Version, target: Version, chance: random.Random
) -> None:
    graph = build(known.releases.values())
    edges = sorted(graph.edges)
    answer = chain.shortest(edges, graph.nodes, source, target)
    chance.shuffle(edges)
    assert chain.shortest(edges, graph.nodes, source, target) == answer


@given(catalogues(), versions)
def test_what_is_reachable_has_a_chain_and_the_rest_has_none(known: Catalogue, source: Version) -> None:
    graph = build(known.releases.values())
    there = chain.reachable(graph.edges, source)
    for version in POOL:
        assert (version in there) == bool(chain.shortest(graph.edges, graph.nodes, source, version))


@given(st.lists(st.builds(Edge, versions, versions), max_size=12), versions, versions)
def test_edges_in_circles_end_too(edges: list[Edge], source: Version, target: Version) -> None:
    """An imported graph cannot have circles; the search does not rely on it."""
    nodes = {version: Node(version) for version in POOL}
    steps = [step.edge for step in chain.shortest(edges, nodes, source, target)]
    stops = [source, *(edge.target for edge in steps)]
    assert len(set(stops)) == len(stops)


def test_the_wider_deployment_goes_first_then_the_newer() -> None:
    general = release(B, [A], deployment=Deployment.GENERAL)
    graph = build([general, release(C, [A]), release(D, [A]), release(E, [B, C, D])])
    first = chain.shortest(graph.edges, graph.nodes, A, E)[0]
    assert (first.edge, first.others) == (Edge(A, B), (D, C))


def test_a_greedy_search_would_end_up_nowhere_here() -> None:
    """D is the newest that A can go to, and nothing leads on from it."""
    graph = build([release(B, [A]), release(C, [B]), release(D, [A]), release(E, [C])])
    steps = chain.shortest(graph.edges, graph.nodes, A, E)
    assert [step.edge for step in steps] == [Edge(A, B), Edge(B, C), Edge(C, E)]
