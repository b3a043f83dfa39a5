"""The upgrade's view of the service, over a real control socket and the service's own operations."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.service import operations
from gateway.service.client import ControlClient
from gateway.service.control import Control
from gateway.service.errors import NotRunning
from gateway.service.state import State
from gateway.service.supervisor import Supervisor
from gateway.service.upgrade_client import UpgradeClient
from upgrade.mailservice import MailService


class Stub:
    """As much of a supervisor as the operations touch; workers are made up."""

    def __init__(self) -> None:
        self.state = State()
        self.config = SimpleNamespace(hostname="mx.example.com", listeners=[])
        self.started, self.children = 0.0, [None, None]
        self.counters = SimpleNamespace(reset_at=0.0, columns=dict, rates=lambda now: {})
        self.asked: list[tuple[float, str]] = []
        self.work = 3
        self.full = False

    async def collect(self) -> dict[str, Any]:
        return {"messages": 8, "work_queue": self.work, "full": self.full, "octets": 5}

    async def change_state(self) -> None:
        self.asked.append((0, "change_state"))

    def later(self, delay: float, command: str) -> None:
        self.asked.append((delay, command))


@contextmanager
def served(stub: Stub, path: Path) -> Iterator[UpgradeClient]:
    """The control socket with `stub` behind it, in a thread of its own."""
    loop = asyncio.new_event_loop()
    control = Control(path, lambda name, words: operations.run(cast(Supervisor, stub), name, words))
    loop.run_until_complete(control.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield UpgradeClient(ControlClient(path, timeout=5))
    finally:
        asyncio.run_coroutine_threadsafe(control.close(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def test_suspend_and_resume(tmp_path: Path) -> None:
    stub = Stub()
    with served(stub, tmp_path / "c") as client:
        service: MailService = client
        before = service.state()
        assert (before.work_queue, before.queued, before.flowing) == (3, 8, True)
        during = service.suspend_listeners(7)
        assert during.all_suspended and not during.flowing
        assert (7, "close_connections") in stub.asked
        after = service.resume_listeners()
    assert after == before


def test_what_is_switched_off_stops_the_flow(tmp_path: Path) -> None:
    stub = Stub()
    with served(stub, tmp_path / "c") as client:
        for name, value in (("delivery_suspended", True), ("work_paused", True)):
            setattr(stub.state, name, value)
            assert not client.state().flowing
            setattr(stub.state, name, False)
        stub.state.suspended_listeners = ["InboundMail"]
        assert not client.state().flowing and not client.state().all_suspended
        stub.state.suspended_listeners = []
        stub.full = True
        assert not client.state().flowing


def test_a_service_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        UpgradeClient(ControlClient(tmp_path / "none")).state()
