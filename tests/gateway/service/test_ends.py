"""What may look like the end of a message, through the whole service and out again: one message stays one."""

from __future__ import annotations

import itertools
import smtplib
from pathlib import Path

import pytest

from tests.gateway.service.running import Service, Sink, wait_for

pytestmark = pytest.mark.process

NEWLINES = (b"\r\n", b"\n", b"\r")
END = b"\r\n.\r\n"
ENDS = [before + b"." + after for before, after in itertools.product(NEWLINES, NEWLINES)]
FALSE_ENDS = [end for end in ENDS if end != END]
SECOND = b"MAIL FROM:<evil@b.example>\r\nRCPT TO:<x@example.com>\r\nDATA\r\nSubject: evil\r\n\r\nevil"


def content(number: int, end: bytes) -> bytes:
    return b"Subject: %d\r\n\r\nfirst" % number + end + SECOND


def begin(client: smtplib.SMTP) -> None:
    client.ehlo_or_helo_if_needed()
    assert client.mail("a@b.example")[0] == 250
    assert client.rcpt("x@example.com")[0] == 250


def send_data(client: smtplib.SMTP, body: bytes) -> int:
    begin(client)
    assert client.docmd("DATA")[0] == 354
    client.send(body + END)
    return client.getreply()[0]


def send_bdat(client: smtplib.SMTP, body: bytes) -> int:
    begin(client)
    client.send(b"BDAT %d LAST\r\n" % len(body) + body)
    return client.getreply()[0]


def arrived(sink: Sink) -> list[bytes]:
    """Contents as the next server has them, without our trace header, in the order of their numbers."""
    bodies = [message[message.index(b"Subject: ") :] for message in sink.messages]
    return sorted(bodies, key=lambda body: int(body.split(None, 2)[1]))


def service(folder: Path, sink: Sink, newlines: str) -> Service:
    return Service(folder, sink.port, workers=1, more=f"<bare_newlines>{newlines}</bare_newlines>")


def test_refused(tmp_path: Path) -> None:
    sink = Sink()
    with service(tmp_path, sink, "refuse") as running, running.client() as client:
        for number, end in enumerate(FALSE_ENDS):
            assert send_data(client, content(number, end)) == 550
            assert send_bdat(client, content(number, end)) == 550
        assert send_data(client, b"Subject: 99\r\n\r\nlast") == 250
        wait_for(lambda: sink.messages)
        wait_for(lambda: running.ask("status")["messages"] == 0)
    assert arrived(sink) == [b"Subject: 99\r\n\r\nlast\r\n"]
    sink.close()


def test_let_through_as_it_is(tmp_path: Path) -> None:
    sink = Sink()
    with service(tmp_path, sink, "allow") as running, running.client() as client:
        for number, end in enumerate(FALSE_ENDS):
            assert send_data(client, content(number, end)) == 250
        wait_for(lambda: len(sink.messages) == len(FALSE_ENDS))
        wait_for(lambda: running.ask("status")["messages"] == 0)
    # A line that begins with a dot loses it on the way in: the client that meant the dot sends two.
    wanted = [content(n, e.replace(b"\r\n.", b"\r\n")) + b"\r\n" for n, e in enumerate(FALSE_ENDS)]
    assert arrived(sink) == wanted
    sink.close()


def test_cleaned_so_that_no_server_takes_it_for_an_end(tmp_path: Path) -> None:
    sink = Sink()
    with service(tmp_path, sink, "clean") as running, running.client() as client:
        for number, end in enumerate(FALSE_ENDS):
            assert send_data(client, content(number, end)) == 250
        wait_for(lambda: len(sink.messages) == len(FALSE_ENDS))
    for body in arrived(sink):
        assert b"evil@b.example" in body, "it is content, not a command"
        whole_lines = body.replace(b"\r\n", b"")
        assert b"\r" not in whole_lines and b"\n" not in whole_lines
    sink.close()


def test_a_true_end_in_a_chunk_is_content(tmp_path: Path) -> None:
    """CHUNKING knows the length, so CRLF.CRLF ends nothing; the next server, without it, needs the dots."""
    sink = Sink()
    with service(tmp_path, sink, "refuse") as running, running.client() as client:
        assert send_bdat(client, content(1, END)) == 250
        wait_for(lambda: sink.messages)
        wait_for(lambda: running.ask("status")["messages"] == 0)
    assert arrived(sink) == [content(1, END) + b"\r\n"]
    sink.close()
