import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.version import Version
from tests.upgrade.releases import MODELS, PAIRS, POOL, U1, all_chains, catalogues, release, shelf
from upgrade.catalogue.catalogue import Catalogue, catalogue
from upgrade.catalogue.graph import Edge
from upgrade.catalogue.release import Condition, ConditionId, Migration, Note, NoteKind
from upgrade.planner import ReviewKind, Wish, plan
from upgrade.refusals import (
    DeadEnd,
    DeniedVersion,
    Downgrade,
    NoPath,
    NoPlan,
    SameVersion,
    UnknownSource,
    UnknownTarget,
    UnsupportedHardware,
    VulnerableVersion,
)

A, B, C, D, E = (Version(14, 2, number, 1) for number in range(5))
NAMED = sorted({version for edge in PAIRS for version in (edge.source, edge.target)})
TARGETS = sorted(map(Version.parse, U1))
versions = st.sampled_from(POOL)


def _plan(source: str, target: str, *denied: str, model: str | None = None) -> list[str]:
    reasons = {Version.parse(text): "it was rolled back" for text in denied}
    answer = plan(catalogue(), Wish(Version.parse(source), Version.parse(target), model, reasons))
    return [source, *(str(hop.target) for hop in answer.hops)]


def _allowed(known: Catalogue, edge: Edge, wish: Wish) -> bool:
    """The rules about one edge, from what releases say of themselves and without the graph."""
    origin, goal = known.releases.get(edge.source), known.releases[edge.target]
    between = [r for v, r in known.releases.items() if edge.source < v < edge.target]
    return (
        edge.source in goal.sources
        and (origin is None or origin.dead_end is None)
        and not any(r.barrier for r in between)
        and (wish.model is None or wish.model in goal.hardware.supported)
        and edge.target not in (wish.denied or {})
    )


wishes = st.builds(
    Wish,
    versions,
    versions,
    st.none() | st.sampled_from([*MODELS, "C9"]),
    st.none() | st.dictionaries(versions, st.just("it was rolled back"), max_size=2),
)


@given(catalogues(), wishes)
def test_minimal_sound_and_complete_against_brute_force(known: Catalogue, wish: Wish) -> None:
    edges = [Edge(s, t) for t, r in known.releases.items() for s in r.sources]
    usable = [edge for edge in edges if _allowed(known, edge, wish)]
    every = all_chains(usable, wish.source, wish.target) if wish.source < wish.target else []
    try:
        answer = plan(known, wish)
    except NoPlan as refusal:
        assert not every
        assert refusal.key != NoPlan.key
        assert str(refusal)
        assert refusal.hint()
        return
    hops = tuple(Edge(hop.source, hop.target) for hop in answer.hops)
    assert hops in every
    assert len(hops) == min(map(len, every))
    assert all(hop.why and hop.reboot for hop in answer.hops)
    for hop in answer.hops:
        twins = [c for c in every if len(c) == len(hops) and Edge(hop.source, hop.target) not in c]
        for other in hop.alternatives:
            assert any(Edge(hop.source, other) in chain for chain in twins)


@given(catalogues(), wishes, st.randoms(use_true_random=False))
def test_the_order_of_releases_does_not_matter(known: Catalogue, wish: Wish, chance: random.Random) -> None:
    shuffled = list(known.releases.values())
    chance.shuffle(shuffled)
    answers = []
    for one in (known, shelf(shuffled)):
        try:
            answers.append(str(plan(one, wish).hops))
        except NoPlan as refusal:
            # Lists of what is known are in the order of the shelf, which `load` sorts.
            answers.append(f"{refusal.key} {refusal}")
    assert answers[0] == answers[1]


@pytest.mark.parametrize("edge", sorted(PAIRS), ids=str)
def test_every_row_of_u1_is_one_upgrade(edge: Edge) -> None:
    assert _plan(str(edge.source), str(edge.target)) == [str(edge.source), str(edge.target)]


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_between_named_versions_every_upgrade_is_a_row_of_u1(target: Version) -> None:
    for source in NAMED:
        try:
            hops = plan(catalogue(), Wish(source, target)).hops
        except NoPlan:
            assert source >= target or not all_chains(PAIRS, source, target)
        else:
            assert {Edge(hop.source, hop.target) for hop in hops} <= PAIRS
            assert len(hops) == min(map(len, all_chains(PAIRS, source, target)))


@given(st.builds(Version, *[st.integers(0, 999)] * 4), st.sampled_from(TARGETS))
def test_a_version_that_is_not_in_u1_is_refused_as_a_source(source: Version, target: Version) -> None:
    if source in NAMED:
        return
    with pytest.raises((UnknownSource, Downgrade)):
        plan(catalogue(), Wish(source, target))


@given(st.sampled_from(NAMED), st.integers(-3, 3), st.integers(-1, 1), st.sampled_from(TARGETS))
def test_the_neighbours_of_a_source_are_refused(
    near: Version, builds: int, maintenances: int, target: Version
) -> None:
    source = Version(near.major, near.minor, max(0, near.maintenance + maintenances), near.build + builds)
    if source in NAMED:
        return
    with pytest.raises((UnknownSource, Downgrade)):
        plan(catalogue(), Wish(source, target))


def test_from_13_5_1_it_takes_two() -> None:
    assert _plan("13.5.1-277", "14.2.3-031") == ["13.5.1-277", "14.2.1-020", "14.2.3-031"]


def test_a_denied_stop_is_passed_by() -> None:
    assert _plan("13.5.1-277", "14.2.3-031", "14.2.1-020") == [
        *["13.5.1-277", "14.2.0-620", "14.2.2-004", "14.2.3-031"]
    ]


def test_of_two_chains_of_one_length_the_newer_stop_is_taken_and_the_other_named() -> None:
    (first, _) = plan(catalogue(), Wish(Version.parse("14.2.1-015"), Version.parse("14.2.3-031"))).hops
    assert str(first.target) == "14.2.3-027"
    assert list(map(str, first.alternatives)) == ["14.2.2-004", "14.2.1-020"]
    assert "14.2.2-004, 14.2.1-020" in first.why


def test_a_hop_says_what_concerns_its_source() -> None:
    first, second = plan(catalogue(), Wish(Version.parse("13.5.1-277"), Version.parse("14.2.3-031"))).hops
    names = "ims-graymail-globals sdr-verdicts sender-maturity syslog-buffers web-timeout text-resource-names"
    assert [m.id for m in first.migrations] == [*names.split(), "ca-certificates"]
    assert [m.id for m in second.migrations] == ["ca-certificates"]
    assert ConditionId.IMS_GRAYMAIL_LEVEL in [c.id for c in first.conditions]
    assert ConditionId.IMS_GRAYMAIL_LEVEL not in [c.id for c in second.conditions]


@pytest.mark.parametrize(
    ("model", "conditions"),
    [
        ("C190", {"fips-off", "cluster-hardware"}),
        ("C695F", {"fips-off", "cluster-hardware", "lldp-off"}),
        ("C100V", {"fips-off", "cluster-hardware", "disk-limit"}),
        (None, {"fips-off", "cluster-hardware", "lldp-off", "disk-limit"}),
    ],
)
def test_conditions_are_those_of_the_model(model: str | None, conditions: set[str]) -> None:
    """U6, U7, U9, U12."""
    wish = Wish(Version.parse("14.2.3-027"), Version.parse("14.2.3-031"), model)
    (hop,) = plan(catalogue(), wish).hops
    assert {condition.id for condition in hop.conditions} == conditions


def test_majors_and_minors_in_between_are_to_be_reviewed() -> None:
    """U13."""
    first, second = plan(catalogue(), Wish(Version.parse("13.5.1-277"), Version.parse("14.2.3-031"))).hops
    assert [(r.release, r.kind, r.required) for r in first.review] == [
        ("13.7", ReviewKind.MINOR, True),
        ("14.0", ReviewKind.MAJOR, True),
        ("14.2.0-620", ReviewKind.MINOR, True),
        ("14.2.1-015", ReviewKind.MAINTENANCE, False),
        ("14.2.1-020", ReviewKind.MAINTENANCE, False),
    ]
    assert [r.release for r in second.review] == ["14.2.2-004", "14.2.3-027", "14.2.3-031"]
    assert not any(r.required for r in second.review)


def test_a_note_is_told_once_and_advice_apart() -> None:
    both = Note(id="both", kind=NoteKind.CHANGE, text="x")
    advice = Note(id="advice", kind=NoteKind.ADVICE, text="y")
    known = shelf([release(B, [A], notes=(both, advice)), release(C, [B], notes=(both, advice))])
    hops = plan(known, Wish(A, C)).hops
    assert [[note.id for r in hop.review for note in r.notes] for hop in hops] == [["both"], []]
    assert [[note.id for note in hop.advice] for hop in hops] == [["advice"], ["advice"]]


def test_the_first_release_of_a_newer_line_is_reviewed_whatever_its_number() -> None:
    known = shelf([release(Version(15, 0, 2, 1), [A]), release(Version(15, 0, 3, 1), [A])])
    (hop,) = plan(known, Wish(A, Version(15, 0, 3, 1))).hops
    assert [review.kind for review in hop.review] == [ReviewKind.MAJOR, ReviewKind.MAINTENANCE]


@pytest.mark.parametrize(
    ("source", "target", "kind", "words"),
    [
        ("14.2.3-031", "14.2.3-031", SameVersion, "already"),
        ("14.2.3-031", "14.2.3-027", Downgrade, "does not go back"),
        ("14.2.3-031", "14.2.4-001", UnknownTarget, "no release 14.2.4-001"),
        ("13.5.1-277", "14.0.0-698", UnknownTarget, "no release 14.0.0-698"),
        ("13.5.1-278", "14.2.3-031", UnknownSource, "over 13.5.1-278"),
        ("9.1.2-023", "14.2.3-031", UnknownSource, "over 9.1.2-023"),
        ("13.5.1-273", "14.2.1-015", NoPath, "14.2.0-620, and no chain leads there"),
    ],
)
def test_a_refusal_has_a_class_and_says_why(source: str, target: str, kind: type[NoPlan], words: str) -> None:
    with pytest.raises(kind, match=words):
        _plan(source, target)


@pytest.mark.parametrize("target", [str(version) for version in catalogue().vulnerable.versions])
def test_nobody_goes_back_to_a_vulnerable_version(target: str) -> None:
    """U11, from an older one and from the same one as well."""
    for source in ("14.2.3-031", "9.1.1-001", target):
        with pytest.raises(VulnerableVersion, match="test interface"):
            _plan(source, target)


def test_a_vulnerable_version_is_no_stop_either() -> None:
    known = shelf([release(B, [A]), release(C, [B])], vulnerable=[B])
    with pytest.raises(NoPath, match=f"nobody may go to {B}: it is vulnerable"):
        plan(known, Wish(A, C))


@pytest.mark.parametrize("model", ["C160", "C170", "C370D", "C380", "C680", "X1070", "C999"])
def test_hardware_that_is_not_supported_is_refused(model: str) -> None:
    """U5."""
    with pytest.raises(UnsupportedHardware, match=model) as caught:
        _plan("14.2.3-027", "14.2.3-031", model=model)
    assert "C695F" in caught.value.hint()


def test_a_stop_that_does_not_run_on_the_model_is_passed_by_or_named() -> None:
    known = shelf([release(B, [A]), release(C, [A], supported=["C1"]), release(D, [B, C])])
    assert [hop.target for hop in plan(known, Wish(A, D, "C1")).hops] == [C, D]
    assert [hop.target for hop in plan(known, Wish(A, D, "C2")).hops] == [B, D]
    with pytest.raises(NoPath, match=f"{C} does not name C2 among"):
        plan(shelf([release(C, [A], supported=["C1"]), release(D, [C])]), Wish(A, D, "C2"))


def test_a_denied_target_is_refused_with_the_reason() -> None:
    with pytest.raises(DeniedVersion, match="it was rolled back"):
        _plan("14.2.3-027", "14.2.3-031", "14.2.3-031")


def test_a_dead_end_is_refused_and_avoided() -> None:
    known = shelf([release(B, [A]), release(C, [A], dead_end="it eats its slot"), release(D, [B, C])])
    assert [hop.target for hop in plan(known, Wish(A, D)).hops] == [B, D]
    with pytest.raises(DeadEnd, match="it eats its slot"):
        plan(known, Wish(C, D))


def test_a_barrier_lengthens_the_chain_and_is_the_reason() -> None:
    known = shelf([release(B, [A], barrier="it converts the queue"), release(C, [A, B])])
    first, second = plan(known, Wish(A, C)).hops
    assert (first.target, second.target) == (B, C)
    assert "it converts the queue" in first.why


def test_a_refusal_names_every_edge_that_would_have_helped_and_what_can_be_reached() -> None:
    known = shelf([release(B, [A]), release(C, [A]), release(D, [B, C]), release(E, [A])])
    with pytest.raises(NoPath) as caught:
        plan(known, Wish(A, D, None, {B: "it lost the disk", C: "it lost the net"}))
    assert caught.value.fields["reasons"] == [
        f"{B} is denied on this appliance: it lost the disk",
        f"{C} is denied on this appliance: it lost the net",
    ]
    assert caught.value.fields["reachable"] == [E]
    assert str(E) in caught.value.hint()


def test_a_closed_edge_that_leads_elsewhere_is_no_reason() -> None:
    known = shelf([release(B, [A]), release(C, [A]), release(D, [C])])
    with pytest.raises(NoPath) as caught:
        plan(known, Wish(A, D, None, {B: "it lost the disk", C: "it lost the net"}))
    assert caught.value.fields["reasons"] == [f"{C} is denied on this appliance: it lost the net"]


def test_migrations_and_conditions_of_the_target_are_taken_not_those_of_stops() -> None:
    """Each hop runs its own target's; what a release needs travels with it."""
    stop = release(B, [A], migrations=(Migration(id="old", text="x"),))
    condition = Condition(id=ConditionId.FIPS_OFF, text="y", blocks=True)
    known = shelf(
        [stop, release(C, [B], migrations=(Migration(id="new", text="x"),), conditions=(condition,))]
    )
    first, second = plan(known, Wish(A, C)).hops
    assert [m.id for m in first.migrations] == ["old"]
    assert [m.id for m in second.migrations] == ["new"]
    assert (first.conditions, second.conditions) == ((), (condition,))
