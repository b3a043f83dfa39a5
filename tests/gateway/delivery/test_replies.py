"""gateway.delivery.replies"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.replies import BadReply, Reply, ReplyReader, Stage, Verdict, judge, local


def test_replies_are_cut_from_the_stream_wherever_it_breaks() -> None:
    data = b"250-mx.example.com\r\n250-PIPELINING\r\n250 SIZE 100\r\n354 go\r\n250\r\n"
    whole = ReplyReader().feed(data)
    assert [reply.code for reply in whole] == [250, 354, 250]
    assert whole[0].lines == ("mx.example.com", "PIPELINING", "SIZE 100")
    reader = ReplyReader()
    assert [reply for n in range(len(data)) for reply in reader.feed(data[n : n + 1])] == whole


@pytest.mark.parametrize(
    "data", [b"hello\r\n", b"199 x\r\n", b"2500 x\r\n", b"250-a\r\n251 b\r\n", b"\r\n", b"x" * 3_000]
)
def test_what_is_no_reply(data: bytes) -> None:
    with pytest.raises(BadReply):
        ReplyReader().feed(data)


def test_a_reply_without_end_is_cut_off() -> None:
    with pytest.raises(BadReply, match="more than 256 lines"):
        ReplyReader().feed(b"250-x\r\n" * 300)


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_any_octets_are_replies_or_a_breach(blocks: list[bytes]) -> None:
    reader = ReplyReader()
    try:
        for block in blocks:
            for reply in reader.feed(block):
                judge(Stage.BODY, reply)
                assert str(reply)
                assert reply.status
    except BadReply:
        return


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply(550, ("5.1.1 no such user",)), "5.1.1"),
        (Reply(550, ("no such user",)), "5.0.0"),
        (Reply(550, ("4.1.1 contradiction",)), "5.0.0"),
        (Reply(450, ("4.2.2",)), "4.2.2"),
        (Reply(450, ("4.2.2000 x",)), "4.0.0"),
    ],
)
def test_enhanced_status(reply: Reply, status: str) -> None:
    assert reply.status == status


def test_the_text_of_many_lines() -> None:
    reply = Reply(550, ("5.1.1 no such user", "5.1.1 ask the postmaster", ""))
    assert str(reply) == "550 5.1.1 no such user ask the postmaster"
    assert str(local("4.4.2", "timeout")) == "400 4.4.2 timeout"


@pytest.mark.parametrize(
    ("stage", "code", "verdict"),
    [
        (Stage.BODY, 250, Verdict.DONE),
        (Stage.DATA, 354, Verdict.DONE),
        (Stage.DATA, 250, Verdict.DONE),
        (Stage.RECIPIENT, 354, Verdict.SOFT),
        (Stage.RECIPIENT, 550, Verdict.HARD),
        (Stage.RECIPIENT, 552, Verdict.SOFT),
        (Stage.RECIPIENT, 452, Verdict.SOFT),
        (Stage.BODY, 552, Verdict.HARD),
        (Stage.BODY, 451, Verdict.SOFT),
        (Stage.MAIL, 421, Verdict.NEXT_HOST),
        (Stage.GREETING, 554, Verdict.NEXT_HOST),
        (Stage.HELLO, 550, Verdict.NEXT_HOST),
        (Stage.MAIL, 553, Verdict.HARD),
    ],
)
def test_verdicts(stage: Stage, code: int, verdict: Verdict) -> None:
    assert judge(stage, Reply(code)) is verdict
