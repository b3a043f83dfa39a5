import random

from hypothesis import given
from hypothesis import strategies as st

from mailward.version import Version
from tests.upgrade.releases import PAIRS, catalogues, release
from upgrade.catalogue.catalogue import Catalogue, catalogue
from upgrade.catalogue.document import digest
from upgrade.catalogue.graph import Cut, Edge, build
from upgrade.catalogue.release import Deployment

A, B, C, D = (Version(14, 2, number, 1) for number in range(4))


def test_the_shipped_edges_are_those_of_u1_and_none_is_severed() -> None:
    graph = build(catalogue().releases.values())
    assert graph.edges == graph.declared == PAIRS
    assert len(graph.nodes) == 32


def test_a_release_is_a_node_with_facts_and_a_source_is_one_without() -> None:
    one = release(B, [A], deployment=Deployment.GENERAL, supported=["C190"])
    nodes = build([one]).nodes
    assert (nodes[A].payload, nodes[A].deployment) == ("", None)
    assert (nodes[B].payload, nodes[B].deployment) == (digest(one), Deployment.GENERAL)
    assert nodes[B].supported == ("C190",)


def test_nothing_passes_a_barrier() -> None:
    graph = build(
        [release(B, [A], barrier="it converts the queue"), release(C, [A, B]), release(D, [A, B, C])]
    )
    assert graph.edges == {Edge(A, B), Edge(B, C), Edge(B, D), Edge(C, D)}
    severed = graph.severed[Edge(A, C)]
    assert severed.cut is Cut.BARRIER
    assert severed.reason.endswith(f"by way of {B} only: it converts the queue")


def test_nothing_leaves_a_dead_end() -> None:
    graph = build([release(B, [A], dead_end="it eats its slot"), release(C, [A, B])])
    assert graph.edges == {Edge(A, B), Edge(A, C)}
    assert graph.severed[Edge(B, C)].cut is Cut.DEAD_END


@given(catalogues(), st.randoms(use_true_random=False))
def test_the_order_of_releases_does_not_matter(known: Catalogue, chance: random.Random) -> None:
    shuffled = list(known.releases.values())
    chance.shuffle(shuffled)
    graph, other = build(known.releases.values()), build(shuffled)
    assert graph == other
    assert list(graph.nodes) == list(other.nodes) == sorted(graph.nodes)
    assert graph.severed == other.severed


@given(catalogues())
def test_every_edge_leads_upwards_so_there_is_no_cycle(known: Catalogue) -> None:
    assert all(edge.source < edge.target for edge in build(known.releases.values()).declared)
