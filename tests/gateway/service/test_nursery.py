"""The process that forks workers: with it gone, with the supervisor gone, and what workers inherit."""

import os
import signal
import time
from pathlib import Path

import pytest

from gateway.service.nursery import NAME
from tests.gateway.service.running import Service, Sink, process_name, wait_for
from tests.gateway.service.test_serve import send

pytestmark = pytest.mark.process


def nursery(service: Service) -> int:
    assert service.process is not None
    root = service.process.pid
    children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
    (found,) = [int(pid) for pid in children if process_name(int(pid)) == NAME]
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def targets(pid: int) -> list[str]:
    return [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]


def test_workers_are_started_again_without_the_nursery(tmp_path: Path) -> None:
    sink = Sink()
    with Service(tmp_path, sink.port) as service:
        first = service.workers_pids()
        assert len(first) == 2
        gone = nursery(service)
        os.kill(gone, signal.SIGKILL)
        time.sleep(0.3)
        assert all(map(alive, first)), "workers live on without it"
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: len(set(service.workers_pids()) - set(first)) == 1)
        wait_for(lambda: service.ask("ping")["workers"] == 2)
        assert nursery(service) != gone
        with service.client() as client:
            send(client, "one")
        wait_for(lambda: len(sink.messages) == 1)
        assert service.stop() == 0
    sink.close()


def test_everybody_leaves_with_the_supervisor(tmp_path: Path) -> None:
    with Service(tmp_path, 9) as service:
        assert service.process is not None
        everybody = [nursery(service), *service.workers_pids()]
        service.process.kill()
        service.process.wait()
        wait_for(lambda: not any(map(alive, everybody)))


def test_the_nursery_holds_nothing_and_a_signal_of_the_terminal_is_not_for_it(tmp_path: Path) -> None:
    with Service(tmp_path, 9) as service:
        pid = nursery(service)
        assert sum(target.startswith("socket:") for target in targets(pid)) == 1
        assert not any("lock" in target for target in targets(pid))
        assert all(
            any(t.endswith("spool/lock") for t in targets(worker)) for worker in service.workers_pids()
        )
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(pid, number)
        time.sleep(0.2)
        assert alive(pid)
