"""gateway.delivery.bouncelog"""

from __future__ import annotations

import pytest

from gateway.delivery.bouncelog import OF_PLAN, Outcome, classify, line
from gateway.delivery.mx import PlanStatus
from gateway.delivery.response import Response, Stage


def written(response: Response, dcid: int = 2, sender: str = "") -> str:
    status, words = classify(response)
    return line(
        Outcome.BOUNCED, dcid=dcid, mid=15232, rid=0, status=status, words=words, response=response,
        envelope=(sender, "x@example.com"),
    )  # fmt: skip


def test_the_line_has_the_known_shape() -> None:
    assert written(Response(550, "5.1.1", "<x@example.com>... unknown", Stage.RECIPIENT)) == (
        "Bounced: DCID 2 MID 15232 From:<> To:<x@example.com> RID 0 - 5.1.0 - Unknown address error"
        " ('550', ['5.1.1 <x@example.com>... unknown'])"
    )


def test_nothing_a_server_says_makes_a_second_line() -> None:
    text = written(Response(551, "", "a\nBounced: DCID 1"), sender="a\nb@c")
    assert "\n" not in text
    assert "From:<a\\nb@c>" in text


def test_the_mail_log_leaves_the_envelope_out() -> None:
    response = Response(451, "", "busy")
    text = line(Outcome.DELAYED, dcid=2, mid=7, rid=1, status="4.3.0", words="Other", response=response)
    assert text == "Delayed: DCID 2 MID 7 to RID 1 - 4.3.0 - Other ('451', ['busy'])"


def test_without_a_server_the_code_is_000() -> None:
    text = written(Response(550, "5.1.2", "no such domain", Stage.ROUTE), 0)
    assert text.endswith("RID 0 - 5.1.2 - Bad destination host ('000', ['no such domain'])")


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (Response(450, "", "", Stage.RECIPIENT), "4.1.0"),
        (Response(554, "", "", Stage.BODY), "5.3.0"),
        (Response(421, "", "", Stage.RECIPIENT), "4.3.2"),
        (Response(554, "", "", Stage.GREETING), "4.3.2"),
        (Response(421, "", "", Stage.CONNECT), "4.4.0"),
        (Response(451, "", "", Stage.TLS), "4.7.5"),
        (Response(451, "4.4.3", "", Stage.ROUTE), "4.4.3"),
    ],
)
def test_status_by_stage(response: Response, status: str) -> None:
    assert classify(response)[0] == status


def test_every_plan_without_hosts_has_words() -> None:
    assert set(OF_PLAN) == set(PlanStatus) - {PlanStatus.HOSTS}
