"""Programs other people wrote as clients and servers: smtp-source, swaks, smtp-sink with errors injected."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gateway.service.running import Service, Sink, free_port, wait_for

pytestmark = pytest.mark.process
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def need(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([need("smtp-sink"), "-u", "nobody", *options, f"127.0.0.1:{port}", "100"])
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


def source(service: Service, *options: str) -> None:
    words = [need("smtp-source"), *options, "-f", "a@b.example", "-t", "x@example.com"]
    subprocess.run([*words, f"127.0.0.1:{service.port}"], check=True, timeout=60)


@pytest.mark.parametrize("options", [[], ["-d", "-l", "50000"]])
def test_smtp_source_to_smtp_sink(tmp_path: Path, options: list[str]) -> None:
    with smtp_sink() as relay, Service(tmp_path, relay) as service:
        source(service, "-s", "10", "-m", "200", *options)
        wait_for(lambda: service.ask("status")["counters"].get("delivered", {}).get("uptime") == 200)
        wait_for(lambda: service.ask("status")["messages"] == 0)


def test_swaks_and_its_pipelining(tmp_path: Path) -> None:
    sink = Sink()
    with Service(tmp_path, sink.port) as service:
        words = [need("swaks"), "--server", f"127.0.0.1:{service.port}", "--from", "a@b.example"]
        subprocess.run(
            [*words, "--to", "x@example.com,y@example.com", "--pipeline"], check=True, capture_output=True
        )
        wait_for(lambda: len(sink.messages) == 1)
        assert sink.server.commands[2:4] == [b"RCPT TO:<x@example.com>", b"RCPT TO:<y@example.com>"]
    sink.close()


@pytest.mark.parametrize(
    ("options", "word", "left"),
    [
        (["-f", "rcpt"], "Bounced", 0),
        (["-f", "mail"], "Bounced", 0),
        (["-f", "."], "Bounced", 0),
        (["-r", "rcpt"], "Delayed", 5),
        (["-r", "."], "Delayed", 5),
        (["-q", "."], "Delayed", 5),
        (["-q", "mail"], "Delayed", 5),
        (["-f", "ehlo", "-e"], "Message done", 0),
    ],
)
def test_errors_of_the_next_server(tmp_path: Path, options: list[str], word: str, left: int) -> None:
    with smtp_sink(*options) as relay, Service(tmp_path, relay, workers=1) as service:
        text = service.config.read_text()
        service.config.write_text(text.replace("<initial_retry>1<", "<initial_retry>600<"))
        service.ask("reload")
        source(service, "-m", "5")
        # A host that hangs up before the first message rests: what comes then waits without an attempt.
        lines = 1 if options == ["-q", "mail"] else 5
        wait_for(lambda: len(re.findall(word, service.log())) >= lines)
        wait_for(lambda: service.ask("status")["messages"] == left)
