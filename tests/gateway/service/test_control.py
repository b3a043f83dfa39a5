"""The control socket: who may use it, and what the others are told."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from gateway.service import control
from gateway.service.control import Control, allowed, peer
from gateway.service.errors import NoFolder


async def answerer(command: str, arguments: dict[str, Any]) -> Any:
    return command


async def ask(path: Path, line: bytes) -> dict[str, Any]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(line)
    answer: dict[str, Any] = json.loads(await reader.readline())
    writer.close()
    return answer


def conversation(path: Path, line: bytes) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        served = Control(path, answerer)
        await served.start()
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        try:
            return await ask(path, line)
        finally:
            await served.close()
            assert not path.exists()

    return asyncio.run(run())


def test_who_may() -> None:
    assert allowed(0, 5, frozenset())
    assert allowed(os.getuid(), 5, frozenset())
    assert allowed(12345, 5, frozenset({5}))
    assert not allowed(12345, 5, frozenset({6}))


def test_the_kernel_says_who_it_is() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer(ours) == (os.getuid(), os.getgid())


def test_we_are_answered(tmp_path: Path) -> None:
    assert conversation(tmp_path / "c", b'{"command":"ping","id":7}\n') == {"id": 7, "result": "ping"}
    assert conversation(tmp_path / "c", b"ping\n")["error"]["error"] == "bad-request"


def test_a_stranger_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "peer", lambda sock: (12345, 12345))
    error = conversation(tmp_path / "c", b'{"command":"ping","id":7}\n')["error"]
    assert (error["error"], error["status"]) == ("service.not-allowed", 3)
    assert "12345" in error["message"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoFolder):
        asyncio.run(Control(tmp_path / "none" / "c", answerer).start())
