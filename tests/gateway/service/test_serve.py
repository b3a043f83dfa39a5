"""The whole service in processes: what a unit test cannot show."""

import collections
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.gateway.service.running import Service, Sink, wait_for

pytestmark = pytest.mark.process


def send(client: smtplib.SMTP, name: str, size: int = 200) -> None:
    body = f"Subject: {name}\r\nX-Id: {name}\r\n\r\n" + ("x" * 70 + "\r\n") * (size // 72)
    client.sendmail("a@b.example", ["x@example.com"], body)


def ids(messages: list[bytes]) -> list[str]:
    found = [re.search(rb"^X-Id: (\S+)", message, re.MULTILINE) for message in messages]
    return [match[1].decode() for match in found if match]


def test_mail_comes_in_and_goes_out_byte_for_byte(tmp_path: Path) -> None:
    sink = Sink()
    with Service(tmp_path, sink.port) as service:
        bodies = [
            b"Subject: 7bit\r\n\r\n.dots\r\n..more\r\n",
            "Subject: acht\r\n\r\nGrüße\r\n".encode(),
            b"Subject: large\r\n\r\n" + b"A" * 76 + (b"\r\n" + b"B" * 76) * 64_000 + b"\r\n",
        ]
        with service.client() as client:
            for body in bodies:
                client.sendmail("a@b.example", ["x@example.com", "y@example.com"], body, ["BODY=8BITMIME"])
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("a@b.example", ["x@elsewhere.example"], b"x")
        wait_for(lambda: len(sink.messages) == 3)
        assert sorted(m.partition(b"\r\n")[2].split(b"\n", 1)[1] for m in sink.messages) == sorted(bodies)
        assert all(m.startswith(b"Received: from ") for m in sink.messages)
        wait_for(lambda: service.ask("status")["messages"] == 0)
        assert service.stop() == 0
    log = service.log()
    assert log.count("Message finished MID") == 3
    assert re.search(r"Info: MID \d+ Subject \"7bit\"\n", log)
    assert not service.control.exists()
    sink.close()


def test_kill_9_under_load_loses_nothing_that_got_250(tmp_path: Path) -> None:
    sink = Sink()
    service = Service(tmp_path, sink.port)
    acknowledged: list[str] = []
    over = threading.Event()

    def inject(thread: int) -> None:
        number = 0
        while not over.is_set():
            try:
                with service.client() as client:
                    while not over.is_set():
                        number += 1
                        name = f"{thread}-{number}"
                        send(client, name, 20_000 if number % 7 else 400_000)
                        acknowledged.append(name)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.05)

    service.start()
    threads = [threading.Thread(target=inject, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(1.2)
        service.kill()
        service.start()
    time.sleep(0.5)
    over.set()
    for thread in threads:
        thread.join(20)
    try:
        wait_for(lambda: service.ask("status")["messages"] == 0, 60)
        delivered = collections.Counter(ids(sink.messages))
        assert len(acknowledged) > 50
        assert not set(acknowledged) - set(delivered), "a message that got its 250 is gone"
        assert max(delivered.values()) <= 4
        assert sum(count - 1 for count in delivered.values()) < 200, "only what was under way may come twice"
    finally:
        service.stop()
        sink.close()


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    sink = Sink()
    with Service(tmp_path, sink.port) as service:
        first = service.workers_pids()
        os.kill(first[0], signal.SIGKILL)
        wait_for(lambda: len(set(service.workers_pids()) - set(first)) == 1)
        for number in range(10):
            with service.client() as client:
                send(client, str(number))
        wait_for(lambda: len(sink.messages) == 10)
    sink.close()


def test_sigterm_finishes_what_is_under_way(tmp_path: Path) -> None:
    sink = Sink()
    with Service(tmp_path, sink.port) as service:
        idle = service.client()
        busy = service.client()
        busy.ehlo()
        busy.mail("a@b.example")
        busy.rcpt("x@example.com")
        assert busy.docmd("DATA")[0] == 354
        assert service.process is not None
        service.process.terminate()
        assert idle.getreply()[0] == 421
        busy.send(b"X-Id: last\r\n\r\nhi\r\n.\r\n")
        assert busy.getreply()[0] == 250
        assert busy.getreply()[0] == 421
        assert service.process.wait(30) == 0
    with service:
        wait_for(lambda: ids(sink.messages) == ["last"])
    sink.close()


def test_reload_keeps_connections_and_takes_the_new_route(tmp_path: Path) -> None:
    old, new = Sink(), Sink()
    with Service(tmp_path, old.port) as service, service.client() as client:
        send(client, "one")
        wait_for(lambda: len(old.messages) == 1)
        service.config.write_text("<config>broken")
        assert service.process is not None
        service.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        send(client, "two")
        wait_for(lambda: len(old.messages) == 2)
        service.configure(relay=new.port)
        assert service.ask("reload") == {"listeners": ["InboundMail"]}
        send(client, "three")
        wait_for(lambda: ids(new.messages) == ["three"])
    for sink in (old, new):
        sink.close()


def fail(service: Service) -> tuple[int, str]:
    done = subprocess.run(
        service.command(),
        cwd=service.folder,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stderr


def test_a_port_in_use_and_a_broken_file_are_one_sentence(tmp_path: Path) -> None:
    service = Service(tmp_path, 1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", service.port))
        other.listen()
        status, told = fail(service)
        assert status == 1
        assert f"port {service.port}: address already in use" in told and "What to do:" in told
    service.configure(more="<prot>1</prot>")
    status, told = fail(service)
    assert status == 2
    assert "line 11: <listeners/1/prot> is not known here; did you mean <port>?" in told
    service.config.unlink()
    status, told = fail(service)
    assert status == 1
    assert "no such file" in told
    assert "Traceback" not in told


def test_two_services_never_share_a_spool(tmp_path: Path) -> None:
    with Service(tmp_path, 9) as service:
        other = Service(tmp_path, 9)
        status, told = fail(other)
        assert status == 1
        assert "Another mail service works on the spool spool" in told
        assert service.ask("ping")["workers"] == 2


def test_systemd_hands_over_the_socket(tmp_path: Path) -> None:
    """Socket activation: LISTEN_FDS, readiness and watchdog by NOTIFY_SOCKET."""
    sink = Sink()
    service = Service(tmp_path, sink.port)
    notify = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, socket.socket() as passed:
        manager.bind(str(notify))
        manager.settimeout(20)
        passed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        passed.bind(("127.0.0.1", service.port))
        passed.listen()
        script = (
            "import os,sys; os.dup2(int(sys.argv[1]), 3); os.set_inheritable(3, True);"
            "os.environ['LISTEN_PID'] = str(os.getpid()); os.execv(sys.argv[2], sys.argv[2:])"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(passed.fileno()), *service.command()],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(Path.cwd()),
                "LISTEN_FDS": "1",
                "NOTIFY_SOCKET": str(notify),
                "WATCHDOG_USEC": "2000000",
            },
            pass_fds=[passed.fileno()],
        )
        try:
            assert manager.recv(4096).startswith(b"READY=1")
            assert manager.recv(4096) == b"WATCHDOG=1"
            with service.client() as client:
                send(client, "activated")
            wait_for(lambda: ids(sink.messages) == ["activated"])
            process.terminate()
            while manager.recv(4096) != b"STOPPING=1":
                pass
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()
    sink.close()
