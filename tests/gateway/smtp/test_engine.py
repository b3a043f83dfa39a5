import asyncio
import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.queue.message import Traits
from gateway.smtp import replies
from gateway.smtp.address import Mailbox as Address
from gateway.smtp.data import BareNewlines
from gateway.smtp.handler import Answer
from gateway.smtp.session import Envelope, Session
from gateway.smtp.settings import Timeouts
from tests.gateway.smtp.harness import SETTINGS, DomainHandler, Wire, run

HELLO = b"EHLO client.example\r\n"
ENVELOPE = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<x@example.com>\r\n"


def test_a_transaction_step_by_step(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        assert wire.transport.out == b"220 mx.example.com ESMTP\r\n"
        assert wire(HELLO)[0] == "250-mx.example.com"
        assert wire(b"MAIL FROM:<a@b.example> SIZE=20 BODY=8BITMIME\r\n") == ["250 2.1.0 Sender ok"]
        assert wire(b"RCPT TO:<x@example.com> NOTIFY=NEVER ORCPT=rfc822;X@example.com\r\n") == [
            "250 2.1.5 Recipient ok"
        ]
        assert wire.codes(b"DATA\r\n") == ["354"]
        assert wire.codes(b"Subject: one\r\n\r\n..two\r\n.\r\n") == ["250"]
        assert wire.codes(b"QUIT\r\n") == ["221"]
        assert wire.closed
        (message,) = wire.delivered
        assert isinstance(message.body, bytes)
        assert message.body.endswith(b"\r\nSubject: one\r\n\r\n.two\r\n")
        assert message.body.startswith(b"Received: from client.example ([192.0.2.1])\r\n\tby mx.example.com ")
        assert message.traits == Traits.EIGHT_BIT | Traits.DOTTED
        assert message.subject == "one"
        assert message.recipients[0].orcpt == "rfc822;X@example.com"
        wire.server.log.flush()
        log = (tmp_path / "mail.current").read_text()
        assert f"Info: MID {message.mid} ICID 1 RID 0 To: <x@example.com>\n" in log
        assert 'Subject "one"' in log

    run(test())


def test_everything_in_one_block_is_answered_in_one_write(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO)
        block = ENVELOPE + b"DATA\r\n" + b"hi\r\n.\r\n" + ENVELOPE + b"DATA\r\nho\r\n.\r\nQUIT\r\n"
        assert wire.codes(block) == ["250", "250", "354", "250", "250", "250", "354", "250", "221"]
        assert len(wire.delivered) == 2

    run(test())


def test_250_comes_after_the_commit_and_later_commands_wait(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO)
        wire.spool.hold = True
        assert wire.codes(ENVELOPE + b"DATA\r\nhi\r\n.\r\nNOOP\r\n") == ["250", "250", "354"]
        assert wire.codes(b"QUIT\r\n") == []
        assert not wire.delivered
        before = len(wire.transport.out)
        wire.spool.waiting.pop()(None)
        assert [line[:3] for line in wire.transport.out[before:].decode().splitlines()] == [
            "250",
            "250",
            "221",
        ]
        assert len(wire.delivered) == 1

    run(test())


def test_a_commit_that_fails_is_452_and_delivers_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO)
        wire.spool.hold = True
        wire(ENVELOPE + b"DATA\r\nhi\r\n.\r\n")
        before = len(wire.transport.out)
        wire.spool.waiting.pop()(OSError("disk full"))
        assert wire.transport.out[before:] == replies.STORAGE
        assert not wire.delivered
        assert wire.server.memory.held == 0

    run(test())


def test_memory_held_goes_back_to_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO)
        wire(ENVELOPE + b"DATA\r\n" + b"x" * 70000)
        assert wire.server.memory.held > 70000
        wire.engine.connection_lost(None)
        assert wire.server.memory.held == 0
        assert not wire.server.connections

    run(test())


def test_no_room_no_memory(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO)
        wire.server.memory.held = wire.server.memory.cap + 1
        assert wire.codes(ENVELOPE + b"DATA\r\n") == ["250", "250", "452"]
        wire.server.memory.held = 0
        wire.spool.room = False
        assert wire(b"DATA\r\n") == [replies.STORAGE.decode().strip()]
        assert wire.codes(b"RSET\r\nMAIL FROM:<a@b.example>\r\n") == ["250", "452"]

    run(test())


@pytest.mark.parametrize(
    "line", [b"EHLO a\nMAIL FROM:<a@b>\r\n", b"NOOP\n", b"NOOP\rNOOP\r\n", b"NO\rOP\r\n"]
)
def test_a_bare_cr_or_lf_in_commands_ends_the_connection(tmp_path: Path, line: bytes) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        assert wire(line) == [replies.BARE_LINE.decode().strip()]
        assert wire.closed

    run(test())


@pytest.mark.parametrize(
    "end",
    [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r", b"\r.\r\n", b"\n.\r", b"\r.\n"],
)
@pytest.mark.parametrize("newlines", list(BareNewlines))
def test_smuggling_is_one_message_or_none(tmp_path: Path, end: bytes, newlines: BareNewlines) -> None:
    """CVE-2024-27305 and relatives: what follows a false end mark is content."""

    async def test() -> None:
        wire = Wire(tmp_path, replace(SETTINGS, newlines=newlines))
        wire(HELLO + ENVELOPE + b"DATA\r\n")
        smuggled = b"MAIL FROM:<evil@b.example>\r\nRCPT TO:<x@example.com>\r\nDATA\r\nbad\r\n.\r\n"
        codes = wire.codes(b"Subject: a\r\n\r\nhi" + end + smuggled)
        if newlines is BareNewlines.REFUSE:
            assert codes == ["550"]
            assert not wire.delivered
        else:
            assert codes == ["250"]
            assert b"evil@b.example" in (wire.delivered[0].body or b"")  # type: ignore[operator]

    run(test())


def test_errors_of_order_and_syntax(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        for line, code in [
            (b"MAIL FROM:<a@b>\r\n", "503"),
            (HELLO, "250"),
            (b"RCPT TO:<x@example.com>\r\n", "503"),
            (b"DATA\r\n", "503"),
            (b"MAIL FROM:a@b\r\n", "501"),
            (b"MAIL FROM:<a@b> FOO=1\r\n", "555"),
            (b"MAIL FROM:<a@b> SIZE=99999999999\r\n", "552"),
            (b"MAIL FROM:<\xc3\xa4@b>\r\n", "553"),
            (b"MAIL FROM:<\xff@b>\r\n", "501"),
            (b"MAIL FROM:<>\r\n", "250"),
            (b"MAIL FROM:<a@b>\r\n", "503"),
            (b"RCPT TO:<x@elsewhere.example>\r\n", "550"),
            (b"RCPT TO:<>\r\n", "501"),
            (b"DATA\r\n", "554"),
            (b"STARTTLS\r\n", "502"),
            (b"AUTH PLAIN\r\n", "502"),
            (b"VRFY x\r\n", "252"),
            (b"BREW\r\n", "500"),
        ]:
            assert wire.codes(line) == [code], line

    run(test())


def test_too_many_errors_end_the_connection(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, replace(SETTINGS, max_errors=3))
        assert wire.codes(b"X\r\n" * 10) == ["500", "500", "500", "421"]
        assert wire.closed

    run(test())


def test_bdat_in_chunks(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO)
        codes = wire.codes(ENVELOPE + b"BDAT 9\r\nline\r\n.\r\nBDAT 4 LAST\r\nxy\r\n")
        assert codes == ["250", "250", "250", "250"]
        body = wire.delivered[0].body
        assert isinstance(body, bytes) and body.endswith(b"line\r\n.\r\nxy\r\n")
        assert wire.delivered[0].traits & Traits.DOTTED

    run(test())


def test_bdat_octets_are_never_commands_whatever_the_answer(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO)
        assert wire.codes(b"BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n") == ["503", "250"]
        assert wire.codes(ENVELOPE + b"BDAT 2\r\nhiDATA\r\n") == ["250", "250", "250", "503"]
        assert wire.codes(b"RSET\r\n") == ["250"]
        assert wire.codes(b"BDAT x LAST\r\nQUIT\r\n") == ["501"]
        assert wire.closed

    run(test())


def test_what_follows_starttls_in_plain_text_ends_the_connection(tmp_path: Path) -> None:
    """CVE-2024-34083: a command injected behind STARTTLS must never run."""

    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO)
        assert wire.codes(b"STARTTLS\r\nMAIL FROM:<evil@b>\r\n") == ["554"]
        assert wire.closed

    run(test())


class Slow(DomainHandler):
    async def _answer(self) -> bytes | None:
        await asyncio.sleep(0.01)
        return None

    def handle_RCPT(self, session: Session, envelope: Envelope, recipient: Address) -> Answer:
        if str(recipient).startswith("boom"):
            raise RuntimeError("secret detail")
        return self._answer()


def test_a_hook_that_waits_keeps_the_order(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS, Slow(frozenset()))
        wire(HELLO)
        assert wire.codes(ENVELOPE + b"DATA\r\nhi\r\n.\r\nQUIT\r\n") == ["250"]
        while not wire.closed:
            await asyncio.sleep(0.005)
        codes = [line[:3] for line in wire.transport.out.decode().splitlines() if line[3:4] == " "]
        assert codes == ["220", "250", "250", "250", "354", "250", "221"]

    run(test())


def test_an_error_of_ours_tells_the_client_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS, Slow(frozenset()))
        wire(HELLO + b"MAIL FROM:<a@b>\r\n")
        before = len(wire.transport.out)
        with pytest.raises(RuntimeError):
            wire(b"RCPT TO:<boom@example.com>\r\n")
        assert wire.transport.out[before:] == replies.INTERNAL
        assert wire.closed

    run(test())


@pytest.mark.parametrize(
    ("trace", "code"),
    [
        (b"Received: by other.example; x\r\n" * 99, "250"),
        (b"Received: by other.example; x\r\n" * 100, "554"),
        (b"Received: from a\r\n\tby HOST; x\r\n" * 9, "250"),
        (b"Received: from a\r\n\tby HOST; x\r\n" * 10, "554"),
    ],
)
def test_a_loop_is_refused(tmp_path: Path, trace: bytes, code: str) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO)
        hops = trace.replace(b"HOST", SETTINGS.hostname.encode())
        assert wire.codes(ENVELOPE + b"DATA\r\n" + hops + b"\r\nhi\r\n.\r\n") == ["250", "250", "354", code]

    run(test())


def test_limits_of_connections(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, replace(SETTINGS, max_per_host=1))
        second = wire.another()
        assert second.transport.out == replies.TOO_MANY_FROM_HOST
        second.engine.connection_lost(None)
        assert wire.server.per_host == {"192.0.2.1": 1}

    run(test())


def test_timeouts_and_drain(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire.engine.deadline = 0
        wire.server.sweep()
        assert wire.transport.out.endswith(replies.TIMEOUT)
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO + ENVELOPE)
        wire.server.drain()
        assert not wire.closed, "a message under way is finished first"
        wire(b"DATA\r\nhi\r\n.\r\n")
        wire.server.sweep()
        assert wire.transport.out.endswith(replies.SHUTTING_DOWN)
        assert len(wire.delivered) == 1

    run(test())


def test_content_that_drips_ends_the_connection(tmp_path: Path) -> None:
    async def test() -> None:
        slow = replace(SETTINGS, timeouts=Timeouts(rate=1000, rate_window=0.01))
        wire = Wire(tmp_path, slow)
        wire(HELLO + ENVELOPE + b"DATA\r\n")
        await asyncio.sleep(0.02)
        assert wire(b"a\n") == [replies.TOO_SLOW.decode().strip()]
        assert wire.closed and not wire.delivered

    run(test())


def test_blocks_are_put_together_until_a_line_ends(tmp_path: Path) -> None:
    async def test() -> None:
        wire = Wire(tmp_path, SETTINGS)
        wire(HELLO + ENVELOPE + b"DATA\r\n")
        for block in (b"Subject: x", b"\r", b"\n\r\nhi", b"\r\n.", b"\r", b"\nQUIT\r"):
            wire(block)
        assert [line[:3] for line in wire.transport.out.decode().splitlines()][-1] == "250"
        assert wire.codes(b"\n") == ["221"]
        body = wire.delivered[0].body
        assert isinstance(body, bytes) and body.endswith(b"Subject: x\r\n\r\nhi\r\n")

    run(test())


LINES = st.lists(
    st.sampled_from(
        [
            HELLO,
            b"MAIL FROM:<a@b.example>\r\n",
            b"RCPT TO:<x@example.com>\r\n",
            b"DATA\r\n",
            b"hi\r\n.\r\n",
            b"BDAT 3\r\n",
            b"BDAT 2 LAST\r\n",
            b"RSET\r\n",
            b"\r\n",
            b"\x00\xff\r\n",
            b"NOOP",
            b"abc",
        ]
    ),
    max_size=20,
).map(b"".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES | st.binary(max_size=200), st.lists(st.integers(0, 400), max_size=6))
def test_block_borders_never_change_the_conversation(tmp_path: Path, data: bytes, cuts: list[int]) -> None:
    async def talk(edges: list[int]) -> tuple[list[bytes], bool, int]:
        wire = Wire(tmp_path, SETTINGS)
        for start, end in itertools.pairwise(edges):
            if end > start:
                wire.engine.data_received(data[start:end])
        codes = [line[:3] for line in wire.transport.out.splitlines()]
        return codes, wire.closed, len(wire.delivered)

    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    assert asyncio.run(talk(edges)) == asyncio.run(talk([0, len(data)]))
