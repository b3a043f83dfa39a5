"""Delivery to real servers: smtp-sink with errors put in, and a Postfix of its own"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.delivery.ports import Host, NextHop
from gateway.delivery.tls import TlsContexts, TlsDemand
from tests.gateway.delivery.pki import issue
from tests.gateway.delivery.routers import StaticRouter
from tests.gateway.delivery.test_agent import Bench
from tests.gateway.service.running import free_port

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(
        shutil.which("smtp-sink", path="/usr/sbin:/usr/bin") is None, reason="no postfix package"
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="smtp-sink and postfix want root"),
]


def wait_for(port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on {port}")


@contextmanager
def sink(*options: str) -> Iterator[int]:
    """smtp-sink with `options`; gives its port."""
    port = free_port()
    process = subprocess.Popen(
        ["/usr/sbin/smtp-sink", "-u", "nobody", *options, f"127.0.0.1:{port}", "100"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def relay(folder: Path, ports: list[int], messages: int = 20) -> tuple[dict[str, int], str]:
    """Counters and log after every message had an answer."""

    async def run() -> tuple[dict[str, int], str]:
        bench = Bench(folder, *ports)
        for mid in range(1, messages + 1):
            await bench.put(mid, "b.example", sender="")
        counters = bench.agent.counters
        await bench.until(
            lambda: sum(counters[name] for name in ("delivered", "deferred", "bounced")) >= messages
        )
        return dict(counters), await bench.close()

    return asyncio.run(run())


def test_everything_arrives_with_and_without_pipelining_and_ehlo(tmp_path: Path) -> None:
    for number, options in enumerate(((), ("-p",), ("-e",), ("-8",))):
        with sink(*options) as port:
            counters, _ = relay(tmp_path / str(number), [port])
            assert counters["delivered"] == 20, options


@pytest.mark.parametrize("command", ["mail", "rcpt", "data", "."])
def test_hard_errors_bounce_and_soft_ones_wait(tmp_path: Path, command: str) -> None:
    with sink("-f", command) as hard, sink("-r", command) as soft:
        counters, log = relay(tmp_path / "hard", [hard], 5)
        assert counters["bounced"] == 5
        assert log.count("Bounced: DCID") == 5
        counters, log = relay(tmp_path / "soft", [soft], 5)
        assert counters["deferred"] == 5
        assert log.count("Delayed: DCID") == 5


def test_disconnects_lead_to_the_next_host_or_wait(tmp_path: Path) -> None:
    for command in ("connect", "ehlo", "mail", "rcpt", "data"):
        with sink("-q", command) as broken, sink() as good:
            counters, _ = relay(tmp_path / command, [broken, good], 5)
            assert counters["delivered"] == 5, command
            assert counters["deferred"] == 0, command


def test_a_disconnect_behind_the_content_waits(tmp_path: Path) -> None:
    with sink("-q", ".") as broken, sink() as good:
        counters, _ = relay(tmp_path, [broken, good], 1)
        assert counters["deferred"] == 1, "it may have arrived: not sent again at once"


MAIN = """compatibility_level = 3.6
queue_directory = {place}/queue
data_directory = {place}/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
local_recipient_maps =
virtual_mailbox_domains = example.com
virtual_mailbox_base = {place}/mail
virtual_mailbox_maps = inline:{{ x@example.com=x/, y@example.com=y/ }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_chain_files = {place}/chain.pem
maillog_file = {place}/maillog
maillog_file_prefixes = {place}
alias_maps =
"""


@contextmanager
def postfix(place: Path, chain: str) -> Iterator[int]:
    """A Postfix of its own that keeps mail for x@ and y@example.com."""
    for name in ("queue", "data", "mail"):
        (place / name).mkdir()
    shutil.chown(place / "data", "postfix")
    shutil.chown(place / "mail", "nobody")
    port = free_port()
    (place / "chain.pem").write_text(chain)
    (place / "chain.pem").chmod(0o600)
    uid = int(subprocess.run(["id", "-u", "nobody"], check=True, capture_output=True).stdout)
    (place / "main.cf").write_text(MAIN.format(place=place, uid=uid))
    master = Path("/usr/share/postfix/master.cf.dist").read_text()
    master = re.sub(r"^smtp      inet", f"127.0.0.1:{port} inet", master, count=1, flags=re.MULTILINE)
    master = re.sub(r"^(\S+\s+\S+\s+\S+\s+\S+\s+)y", r"\1n", master, flags=re.MULTILINE)
    (place / "master.cf").write_text(master)
    run = ["/usr/sbin/postfix", "-c", str(place)]
    subprocess.run([*run, "start"], check=True, capture_output=True)
    try:
        wait_for(port)
        yield port
    finally:
        subprocess.run([*run, "abort"], check=False, capture_output=True)
        shutil.rmtree(place)


def test_a_real_postfix_takes_mail_over_verified_tls(tmp_path: Path) -> None:
    root = issue(ca=True)
    pair = issue("mx.example.com", by=root).pair
    wanted = TlsDemand(True, True, ("mx.example.com",), sni="mx.example.com")
    context = TlsContexts(authorities=root.to_file(tmp_path / "root.pem")).get(wanted)
    # Not below tmp_path: that is closed to others, and Postfix runs as several users.
    place = Path(tempfile.mkdtemp(prefix="mailward-postfix-"))
    place.chmod(0o755)

    async def run(port: int) -> str:
        bench = Bench(tmp_path / "out", port)
        host = Host("127.0.0.1", port, "mx.example.com", tls=wanted, context=context)
        bench.agent.router = bench.agent.outcome.router = StaticRouter({"ALL": NextHop("peer", (host,))})
        for mid in range(1, 11):
            await bench.put(
                mid, "example.com", "example.com", sender="a@example.com", names="xz", notify="FAILURE"
            )
        counters = bench.agent.counters
        await bench.until(lambda: counters["delivered"] == 10 and counters["bounced"] >= 10)
        return await bench.close()

    with postfix(place, pair.key + pair.certificate) as port:
        log = asyncio.run(run(port))
        end = time.monotonic() + 20
        while len(list((place / "mail").glob("x/new/*"))) < 10 and time.monotonic() < end:
            time.sleep(0.05)
        kept = [path.read_text() for path in (place / "mail").glob("x/new/*")]
    assert len(kept) == 10
    assert "with ESMTPS" in kept[0]
    assert "TLS success protocol TLSv1.3 cipher " in log
    said = (
        r"Bounced: DCID \d+ MID 1 to RID 1 - 5.1.0 - Unknown address error \('550', \['5.1.1 <z@example.com>"
    )
    assert re.search(said, log)
