from __future__ import annotations

import pytest
from hypothesis import given

from mailward.version import Version
from tests.upgrade.events import NEW, OLD, WHOLE, event, histories
from upgrade.attempts import Outcome, attempts, denied, why
from upgrade.journal import Event, Kind

START = event(Kind.STARTED)


@given(histories())
def test_there_is_an_attempt_for_each_start_and_only_the_last_can_be_under_way(
    events: tuple[Event, ...],
) -> None:
    ledger = attempts(events)
    assert len(ledger) == sum(one.kind is Kind.STARTED for one in events)
    assert all(one.outcome is not Outcome.UNDER_WAY for one in ledger[:-1])
    assert sum(len(one.steps) for one in ledger) == sum(one.kind is Kind.STEP for one in events)


def test_a_version_that_was_rolled_back_is_denied_with_the_reason() -> None:
    assert denied(attempts(WHOLE)) == {
        NEW: "it was rolled back on 2026-11-24 09:30 UTC, because the mail service did not come up"
    }


@pytest.mark.parametrize(
    ("ending", "is_denied"), [(Kind.COMMITTED, False), (Kind.CANCELLED, True), (Kind.FAILED, True)]
)
def test_only_a_success_lifts_it(ending: Kind, is_denied: bool) -> None:
    again = (event(Kind.STARTED, forced=True), event(ending))
    assert (NEW in denied(attempts(WHOLE + again))) is is_denied
    assert attempts(WHOLE + again)[1].forced


@pytest.mark.parametrize(
    ("events", "running", "said"),
    [
        ((), OLD, "14.2.3-027 runs because it was installed; no upgrade was tried since."),
        (
            WHOLE,
            OLD,
            "14.2.3-027 runs. The upgrade to 14.2.3-031 was tried and rolled back on 2026-11-24 09:30 UTC, because "
            "the mail service did not come up. It is not tried again without --force.",
        ),
        (
            (START, event(Kind.COMMITTED)),
            NEW,
            "14.2.3-031 runs. The upgrade from 14.2.3-027 to 14.2.3-031 went well on 2026-11-24 09:30 UTC.",
        ),
        ((START, event(Kind.COMMITTED)), OLD, "though it should be 14.2.3-031: another slot was booted"),
        ((START, event(Kind.CANCELLED)), OLD, "The upgrade to 14.2.3-031 was cancelled on"),
        ((START, event(Kind.FAILED, "the disk is full")), OLD, "because the disk is full"),
        (WHOLE[:2], OLD, "is not finished: its last step was snapshot."),
        (WHOLE[:1], OLD, "it has not reached its first step"),
    ],
)
def test_why_am_i_on_this_version(events: tuple[Event, ...], running: Version, said: str) -> None:
    assert said in why(running, attempts(events))
