"""The mail log of whole messages, line by line: what scripts written for the incumbent go by."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.gateway.service.running import Service, Sink, wait_for

pytestmark = pytest.mark.process

STAMP = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d \d{4} Info: "
ACCEPTED = """\
New SMTP ICID 1 interface Management (127.0.0.1) address 127.0.0.1 reverse dns host unknown verified no
ICID 1 ACCEPT SG UNKNOWNLIST match sbrs[none] SBRS not enabled
Start MID 1 ICID 1
MID 1 ICID 1 From: <a@b.example>
MID 1 ICID 1 RID 0 To: <x@example.com>
MID 1 ICID 1 RID 1 To: <y@example.com>
MID 1 Message-ID '<1@b.example>'
MID 1 Subject "Re: "hello" wörld"
MID 1 ready SIZE bytes from <a@b.example>
MID 1 matched all recipients for per-recipient policy DEFAULT in the inbound table
MID 1 queued for delivery
New SMTP DCID 1 interface 127.0.0.1 address 127.0.0.1 port PORT
Delivery start DCID 1 MID 1 to RID [0, 1]
Message done DCID 1 MID 1 to RID [0, 1]
MID 1 RID [0, 1] Response '2.0.0 Ok'
Message finished MID 1 done
ICID 1 close
DCID 1 close
"""
BOUNCED = """\
New SMTP ICID 1 interface Management (127.0.0.1) address 127.0.0.1 reverse dns host unknown verified no
ICID 1 RELAY SG RELAYLIST match 127.0.0.1 SBRS not enabled
Start MID 1 ICID 1
MID 1 ICID 1 From: <a@b.example>
MID 1 ICID 1 RID 0 To: <gone@example.org>
MID 1 Subject ""
MID 1 ready SIZE bytes from <a@b.example>
MID 1 matched all recipients for per-recipient policy DEFAULT in the outbound table
MID 1 queued for delivery
New SMTP DCID 1 interface 127.0.0.1 address 127.0.0.1 port PORT
Delivery start DCID 1 MID 1 to RID [0]
Bounced: DCID 1 MID 1 to RID 0 - 5.1.0 - Unknown address error ('550', ['5.1.1 No such user'])
MID 2 was generated for bounce of MID 1
Message finished MID 1 done
MID 2 queued for delivery
Delivery start DCID 1 MID 2 to RID [0]
Message done DCID 1 MID 2 to RID [0]
MID 2 RID [0] Response '2.0.0 Ok'
Message finished MID 2 done
ICID 1 close
DCID 1 close
"""


def transcript(service: Service, port: int) -> list[str]:
    """The log without dates, sizes and ports."""
    lines = []
    for line in service.log().splitlines():
        match = re.match(STAMP, line)
        assert match, line
        text = line[match.end() :]
        text = re.sub(r"ready \d+ bytes", "ready SIZE bytes", text)
        lines.append(re.sub(rf"port {port}\Z", "port PORT", text))
    return lines


def same(found: list[str], wanted: str) -> None:
    """All the lines, letter by letter; those of one number in order, others may run side by side."""
    expected = wanted.splitlines()
    assert sorted(found) == sorted(expected)
    for owner in ("MID 1", "MID 2", "ICID 1", "DCID 1"):
        about = re.compile(rf"(?<![A-Z]){owner}\b")
        assert [line for line in found if about.search(line)] == [x for x in expected if about.search(x)]


def test_a_message_for_two(tmp_path: Path) -> None:
    sink = Sink()
    with Service(tmp_path, sink.port, workers=1) as service:
        body = 'Message-ID: <1@b.example>\r\nSubject: Re: "hello" =?utf-8?q?w=C3=B6rld?=\r\n\r\nhi\r\n'
        with service.client() as client:
            client.sendmail("a@b.example", ["x@example.com", "y@example.com"], body)
        wait_for(lambda: len(sink.messages) == 1)
        wait_for(lambda: service.ask("status")["messages"] == 0)
        service.stop()
    same(transcript(service, sink.port), ACCEPTED)
    sink.close()


def test_a_relayed_message_that_bounces(tmp_path: Path) -> None:
    sink = Sink()
    sink.server.answers[b"RCPT TO:<gone@"] = b"550 5.1.1 No such user\r\n"
    more = "<listener_type>private</listener_type><relay_hosts><host>127.0.0.1</host></relay_hosts>"
    with Service(tmp_path, sink.port, workers=1, more=more) as service:
        with service.client() as client:
            client.sendmail("a@b.example", ["gone@example.org"], "X: y\r\n\r\nhi\r\n")
        wait_for(lambda: len(sink.messages) == 1)
        wait_for(lambda: service.ask("status")["messages"] == 0)
        service.stop()
    same(transcript(service, sink.port), BOUNCED)
    (bounced,) = (tmp_path / "log" / "bounce_logs" / "bounces.current").read_text().splitlines()
    assert re.fullmatch(
        STAMP + r"Bounced: DCID 1 MID 1 From:<a@b\.example> To:<gone@example\.org> RID 0 - 5\.1\.0 - "
        r"Unknown address error \('550', \['5\.1\.1 No such user'\]\)",
        bounced,
    )
    sink.close()


def test_an_internationalized_message_goes_through(tmp_path: Path) -> None:
    sink = Sink()
    with Service(tmp_path, sink.port, workers=1) as service:
        with service.client() as client:
            client.command_encoding = "utf-8"
            client.ehlo()
            assert client.docmd("MAIL FROM:<jörg@bücher.example> BODY=8BITMIME SMTPUTF8")[0] == 250
            assert client.docmd("RCPT TO:<ü@example.com>")[0] == 250
            assert client.data("Subject: Grüße\r\n\r\nhi\r\n".encode())[0] == 250
        wait_for(lambda: len(sink.messages) == 1)
        lines = transcript(service, sink.port)
    assert "MID 1 ICID 1 From: <jörg@xn--bcher-kva.example>" in lines
    assert "MID 1 ICID 1 RID 0 To: <ü@example.com>" in lines
    assert 'MID 1 Subject "Grüße"' in lines
    (sent,) = (line for line in sink.server.commands if line.startswith(b"MAIL"))
    assert sent.startswith("MAIL FROM:<jörg@xn--bcher-kva.example>".encode())
    assert b"SMTPUTF8" in sent and b"BODY=8BITMIME" in sent
    sink.close()
