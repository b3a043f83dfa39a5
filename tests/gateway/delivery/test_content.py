"""The other direction of SMTP smuggling: whatever a message holds, one message arrives."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.delivery.wire import FileStream, mail_line, rcpt_line, stuffed
from gateway.queue.message import Message, Recipient, Traits
from gateway.smtp.data import END, BareNewlines, Content, DataReader

BODY = st.lists(st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"a", b"\0"]), max_size=24).map(b"".join)


def received(wire: bytes) -> tuple[bytes, bytes | None]:
    pieces: list[bytes] = []
    reader = DataReader(Content(pieces.append, 0, BareNewlines.ALLOW))
    rest = reader.feed(wire)
    return b"".join(pieces), rest


@settings(max_examples=300, deadline=None)
@given(BODY)
def test_one_message_arrives_as_it_was(body: bytes) -> None:
    body = b"Received: x\r\n" + body
    wire = stuffed(body, dotted=True)
    assert wire.count(END) == 1 and wire.endswith(END)
    content, rest = received(wire)
    assert rest == b""
    assert content == (body if body.endswith(b"\r\n") else body + b"\r\n")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BODY, st.integers(1, 7))
def test_a_file_goes_out_the_same(tmp_path: Path, body: bytes, block: int) -> None:
    body = b"Received: x\r\n" + body
    path = tmp_path / "body"
    path.write_bytes(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.delivery.wire.BLOCK", block)
        stream = FileStream(path, dotted=True)
        pieces = []
        while piece := stream.read():
            pieces.append(piece)
        stream.close()
    assert b"".join(pieces) == stuffed(body, dotted=True)


@pytest.mark.parametrize("newlines", [BareNewlines.ALLOW, BareNewlines.CLEAN])
@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r", b"\r.\r\n", b"\n.\r"]
)
def test_what_came_in_as_one_goes_out_as_one(newlines: BareNewlines, end: bytes) -> None:
    pieces: list[bytes] = [b"Received: x\r\n"]
    state = Content(pieces.append, 0, newlines)
    assert DataReader(state).feed(b"one" + end + b"two\r\n.\r\n") == b""
    wire = stuffed(b"".join(pieces), dotted=state.dotted)
    content, rest = received(wire)
    assert rest == b""
    assert content == b"".join(pieces)


def test_parameters_go_where_they_are_known() -> None:
    message = Message(1, "a@b", 0.0, 5, traits=Traits.EIGHT_BIT | Traits.SMTPUTF8, ret="HDRS", envid="Ab+2B")
    recipient = Recipient(0, "x@y", "y", notify="NEVER", orcpt="rfc822;X@y")
    everything = {"SIZE": "", "8BITMIME": "", "SMTPUTF8": "", "DSN": ""}
    assert mail_line(message, everything) == (
        b"MAIL FROM:<a@b> SIZE=5 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=Ab+2B\r\n"
    )
    assert rcpt_line(recipient, dsn=True) == b"RCPT TO:<x@y> NOTIFY=NEVER ORCPT=rfc822;X@y\r\n"
    assert rcpt_line(recipient, dsn=False) == b"RCPT TO:<x@y>\r\n"
