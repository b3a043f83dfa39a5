"""A spool on a disk that is full, for real: a small tmpfs."""

import os
import smtplib
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.gateway.service.running import Service, Sink, wait_for
from tests.gateway.service.test_serve import ids, send

pytestmark = pytest.mark.process
SIZE = 24 << 20  # octets
ALERT = "the mail queue takes no more mail"
RESERVE = "<dns></dns><limits><reserve>{}</reserve></limits></config>"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Path]:
    if os.getuid() != 0:
        pytest.skip("mounting needs root")
    place = tmp_path / "spool"
    place.mkdir()
    options = f"size={SIZE},mode=0750"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "mailward-test", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(spool: Path, leave: int) -> Path:
    """Take all of the disk but `leave` octets."""
    filler = spool / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            state = os.statvfs(spool)
            wanted = state.f_bavail * state.f_frsize - max(0, leave)
            if wanted <= 0:
                break
            file.write(bytes(min(wanted, 1 << 20)))
    return filler


def until_refused(service: Service, size: int) -> tuple[list[str], int]:
    """Send until something is refused: names of what got 250, and the code of what did not."""
    accepted: list[str] = []
    with service.client() as client:
        for number in range(1000):
            name = f"{size}-{len(accepted)}-{number}"
            try:
                send(client, name, size)
            except smtplib.SMTPSenderRefused as error:
                return accepted, error.smtp_code
            except smtplib.SMTPDataError as error:
                return accepted, error.smtp_code
            accepted.append(name)
    return accepted, 0


def again(service: Service) -> str:
    """The name of a message that got in."""
    with service.client() as client:
        send(client, "again")
    return "again"


def accepts(service: Service) -> bool:
    try:
        again(service)
    except smtplib.SMTPException:
        return False
    return True


@pytest.mark.parametrize("size", [20_000, 400_000])
@pytest.mark.parametrize("reserve", [4 << 20, 0])
def test_full_disk(tmp_path: Path, spool: Path, reserve: int, size: int) -> None:
    """With a reserve nothing fails; without one the writes themselves do. Either way it can start again."""
    sink = Sink()
    service = Service(tmp_path, sink.port)
    service.config.write_text(service.config.read_text().replace("</config>", RESERVE.format(reserve)))
    told = tmp_path / "stderr"
    with told.open("wb") as service.errors, service:
        service.ask("delivery.suspend", delay=0)
        with service.client() as client:
            for number in range(20):
                send(client, f"before-{number}", size)
        accepted = [f"before-{number}" for number in range(20)]
        filler = fill(spool, reserve - 4096)
        for _ in range(service.workers):
            more, code = until_refused(service, size)
            accepted += more
            assert code == 452
        wait_for(lambda: ALERT in told.read_text())
        assert service.ask("status")["full"]
        service.kill()
        service.start()
        if reserve:
            assert until_refused(service, size) == ([], 452), "full after a restart too"
        assert service.ask("status")["messages"] == len(accepted)
        service.ask("delivery.resume")
        filler.unlink()
        wait_for(lambda: accepts(service))
        accepted.append("again")
        wait_for(lambda: service.ask("status")["messages"] == 0, 40)
        assert not service.ask("status")["full"]
        assert Counter(ids(sink.messages)) == Counter(accepted), (
            "all that was accepted, and nothing else, once"
        )
    sink.close()
