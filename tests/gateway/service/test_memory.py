"""What a large message costs in memory: at most twice its size, on its way in and on its way out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.gateway.service.running import Service, Sink, wait_for

pytestmark = pytest.mark.process

MIB = 1 << 20
SIZE = 48 * MIB


def peak(pid: int) -> int:
    """The most memory the process ever had, octets (proc(5), VmHWM)."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) << 10


def test_a_message_takes_at_most_twice_its_size(tmp_path: Path) -> None:
    sink = Sink()
    content = b"Subject: large\r\n\r\n" + (b"x" * 998 + b"\r\n") * (SIZE // 1000)
    with Service(tmp_path, sink.port, workers=1, more="<max_message_size>0</max_message_size>") as service:
        (worker,) = service.workers_pids()
        before = peak(worker)
        with service.client() as client:
            client.sendmail("a@sender.example", ["b@example.com"], content)
        wait_for(lambda: sink.messages, 60)
        grown = peak(worker) - before
    sink.close()
    assert sink.messages[0].endswith(content)
    assert grown <= 2 * len(content)
