from __future__ import annotations

from tests.upgrade.events import OLD
from tests.upgrade.sequence.world import NEW, World, play
from upgrade.status import document


def test_what_status_tells_after_an_upgrade() -> None:
    world = play(World())
    found = document(NEW, world.events)
    assert "went well" in found["why"] and found["under_way"] is None
    assert found["down_time"] > 60 and found["attempts"][0]["outcome"] == "committed"


def test_what_status_tells_in_the_middle_and_after_a_return() -> None:
    world = play(World())
    middle = document(OLD, world.events[:5])
    assert middle["under_way"]["last_step"] == world.events[4].detail
    assert middle["down_time"] is None
    back = document(OLD, play(World(unfit=True)).events)
    assert list(back["denied"]) == [str(NEW)] and "bad.service" in back["attempts"][0]["reason"]


def test_nothing_was_tried() -> None:
    found = document(OLD, ())
    assert found["attempts"] == [] and "no upgrade was tried" in found["why"]
