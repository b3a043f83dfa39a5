"""gateway.delivery.bouncelog"""

from __future__ import annotations

import pytest

from gateway.delivery.bouncelog import OF_PLAN, Outcome, classify, line
from gateway.delivery.mx import PlanStatus
from gateway.delivery.replies import Reply, Stage, Verdict


def test_the_line_has_the_known_shape() -> None:
    reply = Reply(550, ("5.1.1 <x@example.com>... unknown",))
    status, words = classify(Stage.RECIPIENT, reply, Verdict.HARD)
    text = line(
        Outcome.BOUNCED, dcid=2, mid=15232, sender="", recipient="x@example.com", rid=0,
        status=status, words=words, reply=reply,
    )  # fmt: skip
    assert text == (
        "Bounced: DCID 2 MID 15232 From:<> To:<x@example.com> RID 0 - 5.1.0 - Unknown address error"
        " ('550', ['5.1.1 <x@example.com>... unknown'])"
    )


def test_nothing_a_server_says_makes_a_second_line() -> None:
    text = line(
        Outcome.DELAYED, dcid=2, mid=1, sender="a\nb@c", recipient="x", rid=0,
        status="4.3.0", words="w", reply=Reply(451, ("a\nBounced: DCID 1",)),
    )  # fmt: skip
    assert "\n" not in text
    assert "From:<a\\nb@c>" in text


def test_without_a_server_the_code_is_000() -> None:
    text = line(
        Outcome.BOUNCED, dcid=0, mid=1, sender="a@b", recipient="x@y", rid=0,
        status="5.1.2", words="Bad destination host", reply=Reply(500, ("no such domain",)),
    )  # fmt: skip
    assert text.endswith("RID 0 - 5.1.2 - Bad destination host ('000', ['no such domain'])")


@pytest.mark.parametrize(
    ("stage", "reply", "verdict", "wanted"),
    [
        (Stage.RECIPIENT, Reply(450), Verdict.SOFT, "4.1.0"),
        (Stage.BODY, Reply(554), Verdict.HARD, "5.3.0"),
        (Stage.RECIPIENT, Reply(421), Verdict.NEXT_HOST, "4.3.2"),
        (Stage.GREETING, Reply(554), Verdict.NEXT_HOST, "4.3.2"),
        (Stage.CONNECT, Reply(400), Verdict.NEXT_HOST, "4.4.0"),
    ],
)
def test_status_by_stage(stage: Stage, reply: Reply, verdict: Verdict, wanted: str) -> None:
    assert classify(stage, reply, verdict)[0] == wanted


def test_every_plan_without_hosts_has_words() -> None:
    assert set(OF_PLAN) == set(PlanStatus) - {PlanStatus.HOSTS}
