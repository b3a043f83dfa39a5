"""Commands against the real service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from gateway.commands.options import age, size
from gateway.commands.queue import delivernow, queue
from gateway.commands.service import reload, rollovernow
from gateway.commands.status import hoststatus, metrics, rate, resetcounters, status, tophosts
from gateway.commands.suspend import resume, resumelistener, suspend, suspenddel, suspendlistener
from gateway.commands.workqueue import workqueue
from mailward.errors import MailwardError
from tests.gateway.service.running import Service, Sink, wait_for


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path, 9) as running:
        yield running


def call(service: Service, command: click.Command, *words: str) -> Any:
    """The command's JSON."""
    result = CliRunner().invoke(command, [*words, "--control", str(service.control), "--json"])
    if result.exception is not None:
        raise result.exception
    return json.loads(result.output)


def text(service: Service, command: click.Command, *words: str) -> str:
    result = CliRunner().invoke(command, [*words, "--control", str(service.control)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def put(service: Service, number: int, to: str = "x@example.com") -> None:
    with service.client() as client:
        client.sendmail(f"a{number}@b.example", [to], f"Subject: number {number}\r\n\r\nhi\r\n")


@pytest.mark.process
def test_a_queue_from_filling_to_empty(service: Service, tmp_path: Path) -> None:
    call(service, suspenddel, "--delay", "0")
    for number in range(6):
        put(service, number)
    assert call(service, status)["messages"] == 6
    assert "6 messages" in text(service, queue, "status")
    shown = call(service, queue, "show", "--sender", "a3@")
    assert shown["count"] == 1
    mid = shown["messages"][0]["mid"]
    assert "number 3" in text(service, queue, "message", str(mid))
    assert call(service, queue, "delete", str(mid), "--yes") == {"done": 1, "busy": 0}
    with pytest.raises(MailwardError) as caught:
        call(service, queue, "message", str(mid))
    assert caught.value.to_dict()["error"] == "queue.no-message"
    with pytest.raises(MailwardError):
        call(service, queue, "delete")
    folder = tmp_path / "archive"
    folder.mkdir()
    assert call(service, queue, "archive", "--all", "--yes", "--folder", str(folder))["done"] == 5
    assert len(list(folder.glob("*.eml"))) == 5
    assert call(service, tophosts)[0]["active_recipients"] == 5
    assert "[127.0.0.1]:9" in text(service, hoststatus, "example.com")
    sink = Sink()
    assert call(service, queue, "redirect", "--sender", "a1@", "--host", f"127.0.0.1:{sink.port}", "--yes")[
        "done"
    ]
    assert call(service, resume)["delivery_suspended"] is False
    wait_for(lambda: len(sink.messages) == 1)
    wait_for(lambda: call(service, status)["messages"] == 4)
    # The relay is down; bounces go to nowhere as well, so redirect those too.
    assert call(service, delivernow, "--all", "--yes")["done"] >= 1
    call(service, suspenddel, "--delay", "0")
    wait_for(lambda: call(service, queue, "bounce", "--domain", "example.com", "--yes")["busy"] == 0)
    wait_for(lambda: call(service, queue, "show", "--domain", "b.example")["count"] == 4)
    call(service, queue, "redirect", "--all", "--yes", "--host", f"127.0.0.1:{sink.port}")
    call(service, resume)
    wait_for(lambda: call(service, status)["messages"] == 0)
    assert sum(b"Delivery Status Notification" in m for m in sink.messages) == 4
    sink.close()


@pytest.mark.process
def test_listeners_stay_suspended_over_a_restart(service: Service) -> None:
    open_before = service.client()
    call(service, suspendlistener, "InboundMail", "--delay", "0")
    with pytest.raises(OSError), service.client():
        pass
    assert open_before.getreply()[0] == 421
    service.stop()
    service.start()
    assert call(service, status)["suspended_listeners"] == ["InboundMail"]
    with pytest.raises(OSError), service.client():
        pass
    assert "suspended: none" in text(service, resumelistener)
    put(service, 1)
    call(service, suspend, "--delay", "1")
    assert call(service, resume) == {
        "suspended_listeners": [],
        "delivery_suspended": False,
        "work_paused": False,
    }


@pytest.mark.process
def test_the_work_queue_pauses(service: Service) -> None:
    assert call(service, workqueue, "pause")["paused"]
    put(service, 1)
    assert call(service, workqueue, "status") == {"messages": 1, "paused": True}
    assert len(call(service, workqueue, "rate", "--count", "2", "--every", "0.2")) == 2
    call(service, suspenddel, "--delay", "0")
    call(service, workqueue, "resume")
    wait_for(lambda: call(service, workqueue, "status")["messages"] == 0)
    assert call(service, queue, "show")["count"] == 1


@pytest.mark.process
def test_counters_metrics_logs(service: Service) -> None:
    put(service, 1)
    put(service, 2)
    assert call(service, status)["counters"]["messages"] == {"reset": 2, "uptime": 2, "lifetime": 2}
    call(service, resetcounters)
    put(service, 3)
    assert call(service, status)["counters"]["messages"] == {"reset": 1, "uptime": 3, "lifetime": 3}
    assert "Messages in queue" in text(service, status)
    assert "mailward_messages_total 3.0" in text(service, metrics)
    assert len(call(service, rate, "--count", "2", "--every", "0.2")) == 2
    assert "Subject" in service.log()
    assert call(service, rollovernow) == {"rolled_over": True}
    assert call(service, reload) == {"listeners": ["InboundMail"]}
    service.stop()
    service.start()
    assert call(service, status)["counters"]["messages"]["lifetime"] == 3


def test_no_service_is_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(status, ["--control", str(tmp_path / "none")])
    assert isinstance(result.exception, MailwardError)
    assert "no such file" in str(result.exception)
    assert "systemctl start" in result.exception.hint()


def test_spelling() -> None:
    assert [age(s) for s in (0, 59, 61, 3600, 90_061)] == ["0s", "59s", "1m 1s", "1h 0m", "1d 1h"]
    assert [size(n) for n in (0, 1023, 2048, 50 << 20)] == ["0", "1023", "2.0K", "50M"]
