"""gateway.delivery.wire"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.wire import BadReply, FileStream, ReplyReader, mail_line, rcpt_line, stuffed
from gateway.queue.message import Message, Recipient, Traits


def test_replies_are_cut_from_the_stream_wherever_it_breaks() -> None:
    data = b"250-mx.example.com\r\n250-PIPELINING\r\n250 SIZE 100\r\n354 go\r\n250\r\n550 5.1.1 no\n"
    whole = ReplyReader().feed(data)
    assert [response.code for response, _ in whole] == [250, 354, 250, 550]
    assert whole[0][1] == ["mx.example.com", "PIPELINING", "SIZE 100"]
    assert whole[3][0].status == "5.1.1"
    reader = ReplyReader()
    assert [reply for n in range(len(data)) for reply in reader.feed(data[n : n + 1])] == whole


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n",
        b"199 x\r\n",
        b"600 x\r\n",
        b"2500 x\r\n",
        b"\r\n",
        b"25\r\n",
        b"x" * 70_000,
        b"250-x\r\n" * 1_001,
    ],
)
def test_what_is_no_reply(data: bytes) -> None:
    with pytest.raises(BadReply):
        ReplyReader().feed(data)


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_any_octets_are_replies_or_a_breach(blocks: list[bytes]) -> None:
    reader = ReplyReader()
    try:
        for block in blocks:
            for response, lines in reader.feed(block):
                assert 200 <= response.code <= 599
                assert lines
    except BadReply:
        return


def test_what_came_before_tls_is_forgotten() -> None:
    reader = ReplyReader()
    reader.feed(b"250-half\r\n25")
    reader.clear()
    assert [response.code for response, _ in reader.feed(b"220 go\r\n")] == [220]


def test_parameters_go_to_servers_that_know_them() -> None:
    message = Message(
        1, "a@b.example", 0, 99, traits=Traits.EIGHT_BIT | Traits.SMTPUTF8, ret="HDRS", envid="E1"
    )
    recipient = Recipient(0, "ü@c.example", "c.example", notify="SUCCESS", orcpt="utf-8;ü@c.example")
    everything = dict.fromkeys(("SIZE", "8BITMIME", "DSN", "SMTPUTF8"), "")
    assert mail_line(message, everything) == (
        b"MAIL FROM:<a@b.example> SIZE=99 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=E1\r\n"
    )
    assert mail_line(message, {"SMTPUTF8": ""}) == b"MAIL FROM:<a@b.example> SMTPUTF8\r\n"
    assert rcpt_line(recipient, dsn=True) == (
        "RCPT TO:<ü@c.example> NOTIFY=SUCCESS ORCPT=utf-8;ü@c.example\r\n".encode()
    )
    assert rcpt_line(recipient, dsn=False) == "RCPT TO:<ü@c.example>\r\n".encode()


def unstuffed(data: bytes) -> bytes:
    """What a server makes of DATA."""
    assert data.endswith(b"\r\n.\r\n") or data == b".\r\n"
    assert data.find(b"\r\n.\r\n") in (-1, len(data) - 5)
    body = data[:-3]
    return b"\r\n".join(line.removeprefix(b".") for line in body.split(b"\r\n"))


_LINES = st.lists(st.sampled_from([b"", b".", b"..", b"a", b".a", b"a."]), max_size=8).map(b"\r\n".join)


@given(_LINES, st.booleans())
def test_content_arrives_as_it_was(lines: bytes, ended: bool) -> None:
    body = lines + (b"\r\n" if ended or not lines else b"")
    whole = stuffed(body, dotted=True)
    assert unstuffed(whole) == (body if body.endswith(b"\r\n") else body + b"\r\n")


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1_000])
def test_content_from_a_file_arrives_as_it_was(
    tmp_path: Path, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.delivery.wire.BLOCK", block)
    for number, body in enumerate((b".\r\n..\r\na\r\n.b\r\n", b"a\r\n.", b"a\r\n.\r\n", b".", b"a")):
        path = tmp_path / str(number)
        path.write_bytes(body)
        stream = FileStream(path, dotted=True)
        data = b"".join(iter(stream.read, b""))
        stream.close()
        assert unstuffed(data) == (body if body.endswith(b"\r\n") else body + b"\r\n")
