"""Mail of our own through the control socket of the real service, and what is refused there."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from gateway.service.client import ControlClient
from gateway.service.errors import BadArguments
from gateway.service.submission import _checked
from mailward.errors import MailwardError
from tests.gateway.service.running import Service, Sink, wait_for

CONTENT = "Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\n\r\n.dot\r\n..two\r\ngrüße\r\n".encode()


def arguments(content: bytes = CONTENT, **more: Any) -> dict[str, Any]:
    text = base64.b64encode(content).decode()
    return {"sender": "a@b.example", "recipients": ["x@c.example"], "content": text, **more}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "recipients"),
        (arguments(recipients=[]), "1 to 100 recipients"),
        (arguments(recipients=["x@c.example"] * 101), "1 to 100 recipients"),
        (arguments(recipients=["nobody at all"]), "command queue.submit"),
        (arguments(sender="x y"), "command queue.submit"),
        (arguments(recipients="x"), "command queue.submit"),
        ({**arguments(), "content": "!"}, "command queue.submit"),
        (arguments(b""), "1 octet"),
        (arguments(b"a\nb\r\n"), "CR LF"),
        (arguments(b"a\rb\r\n"), "CR LF"),
    ],
)
def test_what_is_not_taken(given: dict[str, Any], why: str) -> None:
    with pytest.raises(BadArguments, match=f"(?i){why}"):
        _checked(given)


@pytest.mark.process
def test_it_arrives_byte_for_byte_and_survives_a_kill(tmp_path: Path) -> None:
    sink = Sink()
    with Service(tmp_path, sink.port) as service:
        client = ControlClient(service.control)
        client.ask("delivery.suspend", delay=0)
        mids = [client.ask("queue.submit", **arguments())["mid"] for _ in range(3)]
        assert len(set(mids)) == 3
        service.kill()
        service.start()
        assert client.ask("status")["messages"] == 3
        client.ask("delivery.resume")
        mid = client.ask("queue.submit", **arguments())["mid"]
        wait_for(lambda: len(sink.messages) == 4)
        wait_for(lambda: f"MID {mid} ready" in service.log())
        log = service.log()
        with pytest.raises(MailwardError, match="CR LF"):
            client.ask("queue.submit", **arguments(b"a\n"))
    assert [message for message in sink.messages if CONTENT not in message] == []
    for line in (f"Start MID {mid} ICID 0", f"MID {mid} ICID 0 RID 0 To: <x@c.example>"):
        assert line in log
    sink.close()
