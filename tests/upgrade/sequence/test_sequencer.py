"""The whole sequence on a machine of memory: cut after every effect, broken at every step, cancelled anywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.version import Version
from tests.upgrade.sequence.world import AFTER, BEFORE, NEW, OLD, ORDER, World, check, play
from upgrade.attempts import attempts, denied, why
from upgrade.journal import Kind
from upgrade.mailservice import ALL
from upgrade.sequence.order import Order
from upgrade.sequence.sequencer import UNTIL_REBOOT

BREAKABLE = (
    "preflight-begin", "fetch", "install", "save", "slbl", "guard", "prepare", "preflight-install",
)  # fmt: skip


def test_an_upgrade_from_one_release_to_the_next() -> None:
    world = play(World())
    check(world)
    assert (world.running, world.config, world.events[-1].kind) == (NEW, AFTER, Kind.COMMITTED)
    steps = [event.detail for event in world.events if event.kind is Kind.STEP]
    assert steps == [*(phase for phase, _, _ in UNTIL_REBOOT), "arrive", "bless"]
    assert world.saved == [f"copy-{OLD}.xml"]
    assert 60 < float(world.events[-1].facts["down"]) < 300
    assert "went well" in why(NEW, attempts(world.events))


def test_a_release_that_is_not_healthy_goes_back_by_itself() -> None:
    world = play(World(unfit=True))
    check(world)
    assert world.events[-1].kind is Kind.ROLLED_BACK
    assert "bad.service" in why(OLD, attempts(world.events))
    assert NEW in denied(attempts(world.events))


def test_a_release_that_does_not_start_is_noticed_on_the_old_one() -> None:
    world = play(World(dead=True))
    check(world)
    assert world.events[-1].kind is Kind.ROLLED_BACK
    assert "did not start" in why(OLD, attempts(world.events))


@pytest.mark.parametrize("name", BREAKABLE)
def test_what_breaks_before_the_reboot_leaves_all_as_it_was(name: str) -> None:
    world = play(World(broken=frozenset({name})))
    check(world)
    assert world.events[-1].kind is Kind.FAILED and name in world.events[-1].detail
    assert world.boots == 1


def test_a_probe_that_gets_lost_is_a_reason_to_go_back() -> None:
    world = play(World(broken=frozenset({"probe"})))
    check(world)
    assert "probe is broken" in world.events[-1].detail


def test_a_queue_that_lost_a_message_is_a_reason_to_go_back() -> None:
    world = World()
    boot = world.boot

    def lossy() -> None:
        boot()
        if world.running == NEW:
            world.queue.pop()

    world.boot = lossy  # type: ignore[method-assign]
    play(world)
    assert world.events[-1].kind is Kind.ROLLED_BACK
    assert "before the reboot" in world.events[-1].detail


def test_a_work_queue_that_does_not_empty_ends_it() -> None:
    world = World(work=10**9)
    play(world, replace(ORDER, drain=20.0))
    check(world)
    assert "the work queue still has" in world.events[-1].detail


def test_listeners_that_were_suspended_before_stay_so() -> None:
    world = play(World(suspended=["OutboundMail"]))
    assert world.running == NEW and world.suspended == ["OutboundMail"]
    world = play(World(suspended=[ALL]))  # U4: the administrator's own first step
    assert world.running == NEW and world.suspended == []


def effects(kind: str) -> int:
    world = World(unfit=kind == "unfit", dead=kind == "dead")
    play(world)
    return world.effects


COUNTS = {kind: effects(kind) for kind in ("good", "unfit", "dead")}


@pytest.mark.parametrize("kind", COUNTS)
def test_a_power_cut_after_every_effect(kind: str) -> None:
    assert COUNTS[kind] >= 20
    for at in range(1, COUNTS[kind] + 1):
        world = World(cut_at=at, unfit=kind == "unfit", dead=kind == "dead")
        play(world)
        check(world)


def test_a_good_release_survives_one_cut_wherever_it_is() -> None:
    for at in range(1, COUNTS["good"] + 1):
        world = play(World(cut_at=at))
        assert world.events[-1].kind in (Kind.COMMITTED, Kind.FAILED), f"cut {at}"


@given(st.integers(1, COUNTS["good"]))
def test_it_can_be_cancelled_until_the_reboot(at: int) -> None:
    world = play(World(cancel_at=at))
    check(world)
    cancelled = world.events[-1].kind is Kind.CANCELLED
    rebooted = any(event.detail == "reboot" for event in world.events)
    assert cancelled is not rebooted


@given(
    st.lists(st.integers(1, 90), max_size=6).map(tuple),
    st.booleans(),
    st.booleans(),
    st.sets(st.sampled_from([*BREAKABLE, "probe"]), max_size=2).map(frozenset),
    st.integers(-1, 60),
)
def test_any_interleaving_of_cuts_failures_and_cancelling(
    cuts: tuple[int, ...], unfit: bool, dead: bool, broken: frozenset[str], cancel_at: int
) -> None:
    world = World(cuts=cuts, unfit=unfit, dead=dead, broken=broken, cancel_at=cancel_at)
    play(world, boots=30)
    check(world)


def upgraded(**changes: Any) -> World:
    """A machine that went to the new release, and is asked back."""
    entries: dict[Version, int | None] = {OLD: None, NEW: None}
    return World(running=NEW, config=AFTER, sealed={OLD: BEFORE}, entries=entries, target=OLD, **changes)


BACK = Order(NEW, OLD, revert=True)


def test_a_revert_takes_one_reboot_and_keeps_the_queue() -> None:
    world = play(upgraded(), BACK)
    check(world)
    assert (world.running, world.boots, world.config) == (OLD, 2, BEFORE)
    assert "gone back to" in why(OLD, attempts(world.events))
    assert not denied(attempts(world.events))


def test_a_revert_to_what_is_not_well_comes_back() -> None:
    world = play(upgraded(unfit=True), BACK)
    check(world)
    assert world.running == NEW and world.events[-1].kind is Kind.ROLLED_BACK


@pytest.mark.parametrize("unfit", [False, True])
def test_a_power_cut_after_every_effect_of_a_revert(unfit: bool) -> None:
    for at in range(1, play(upgraded(unfit=unfit), BACK).effects + 1):
        check(play(upgraded(unfit=unfit, cut_at=at), BACK))
