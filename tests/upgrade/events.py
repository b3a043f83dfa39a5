"""Events of upgrades made up for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from mailward.version import Version
from upgrade.journal import Event, Kind, misfit

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
OLD, NEW, NEWER = Version(14, 2, 3, 27), Version(14, 2, 3, 31), Version(14, 2, 4, 1)


def event(kind: Kind, detail: str = "", *, target: Version = NEW, forced: bool = False) -> Event:
    return Event(at=AT, kind=kind, source=OLD, target=target, detail=detail, forced=forced)


WHOLE = (
    event(Kind.STARTED),
    event(Kind.STEP, "snapshot"),
    event(Kind.ROLLED_BACK, "the mail service did not come up"),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Event, ...]:
    """Any events that the journal accepts."""
    events: list[Event] = []
    for kind, detail in draw(st.lists(st.tuples(st.sampled_from(Kind), st.text(max_size=30)), max_size=12)):
        one = event(kind, detail)
        if not misfit(events[-1] if events else None, one):
            events.append(one)
    return tuple(events)
