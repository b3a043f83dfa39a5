"""gateway.delivery.session: TLS over real connections, and what the agent makes of its failures"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.delivery.client import Client
from gateway.delivery.dane import Matching, Selector, TlsaSet, Usage
from gateway.delivery.ports import Host, NextHop
from gateway.delivery.response import Response, Stage
from gateway.delivery.tls import TlsContexts, TlsDemand
from tests.gateway.delivery.pki import Issued, issue
from tests.gateway.delivery.routers import StaticRouter
from tests.gateway.delivery.scripted import OFFER, Scripted
from tests.gateway.delivery.test_agent import Bench
from tests.gateway.delivery.test_client import Recorder, job
from tests.gateway.delivery.test_dane import record

ROOT = issue(ca=True)
LEAF = issue("mx.test", by=ROOT)
TLS = (*OFFER, "STARTTLS")


def tlsa(issued: Issued) -> TlsaSet:
    return TlsaSet((record(Usage.END_ENTITY, Selector.PUBLIC_KEY, Matching.SHA256, issued),), ("mx.test",))


def deliver(
    folder: Path, wanted: TlsDemand, server: Scripted, issued: Issued = LEAF, clients: Path | None = None
) -> tuple[Scripted, Client, Response]:
    """One message to `server` under a demand."""
    server.tls = issued.server_context(folder, clients)
    contexts = TlsContexts({"own": issue("out.example", by=ROOT).pair}, ROOT.to_file(folder / "root.pem"))

    async def run() -> tuple[Scripted, Client, Response]:
        async with server:
            owner = Recorder([job(1)])
            host = Host("127.0.0.1", server.port, "mx.test", tls=wanted, context=contexts.get(wanted))
            client = Client(owner, "out.example", 1, host)
            await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", server.port)
            _, why = await asyncio.wait_for(owner.closed, 10)
            return server, client, why

    return asyncio.run(run())


PREFERRED = TlsDemand(True, sni="mx.test")
REQUIRED = TlsDemand(True, True, sni="mx.test")
VERIFIED = TlsDemand(True, True, ("mx.test",), sni="mx.test")


@pytest.mark.parametrize("wanted", [PREFERRED, REQUIRED, VERIFIED, TlsDemand(True, True, tlsa=tlsa(LEAF))])
def test_mail_goes_over_tls(tmp_path: Path, wanted: TlsDemand) -> None:
    server, client, _ = deliver(tmp_path, wanted, Scripted(offer=TLS))
    assert len(server.messages) == 1
    assert client.secured.startswith("protocol TLSv1.")
    assert server.commands[:3] == [b"EHLO out.example", b"STARTTLS", b"EHLO out.example"]


@pytest.mark.parametrize(
    ("wanted", "issued", "reason"),
    [
        (VERIFIED, issue("mx.test"), "certificate verify failed"),
        (VERIFIED, issue("other.test", by=ROOT), "the certificate is not for mx.test"),
        (TlsDemand(True, True, tlsa=tlsa(LEAF)), issue("mx.test", by=ROOT), "matches no TLSA record"),
    ],
)
def test_no_mail_to_the_wrong_host(tmp_path: Path, wanted: TlsDemand, issued: Issued, reason: str) -> None:
    server, client, why = deliver(tmp_path, wanted, Scripted(offer=TLS), issued)
    assert (why.stage, why.status) == (Stage.TLS, "4.7.5")
    assert reason in why.text
    assert not client.ready
    assert not server.messages


def test_tls_that_is_required_and_not_offered(tmp_path: Path) -> None:
    for server in (Scripted(), Scripted(offer=TLS, answers={b"STARTTLS": b"454 4.7.0 not now\r\n"})):
        done, _, why = deliver(tmp_path, REQUIRED, server)
        assert why.stage is Stage.TLS
        assert not done.messages


def test_tls_that_is_preferred_and_refused_leaves_plain_text(tmp_path: Path) -> None:
    for server in (Scripted(), Scripted(offer=TLS, answers={b"STARTTLS": b"454 4.7.0 not now\r\n"})):
        done, client, _ = deliver(tmp_path, PREFERRED, server)
        assert len(done.messages) == 1
        assert not client.secured


def test_a_server_may_ask_for_the_certificate_of_this_destination(tmp_path: Path) -> None:
    clients = ROOT.to_file(tmp_path / "clients.pem")
    own = TlsDemand(True, True, sni="mx.test", certificate="own")
    assert len(deliver(tmp_path, own, Scripted(offer=TLS), clients=clients)[0].messages) == 1
    assert not deliver(tmp_path, REQUIRED, Scripted(offer=TLS), clients=clients)[0].messages


def test_what_is_slipped_in_behind_starttls_does_not_count(tmp_path: Path) -> None:
    answers: dict[bytes, bytes | None] = {b"STARTTLS": b"220 go\r\n250-evil\r\n250 SMTPUTF8\r\n"}
    server, client, why = deliver(
        tmp_path, REQUIRED, Scripted(offer=("mx.test", "STARTTLS"), answers=answers)
    )
    assert not server.messages or "SMTPUTF8" not in client.features
    assert why


def test_broken_tls_is_tried_without_where_it_is_only_preferred(tmp_path: Path) -> None:
    async def run(wanted: TlsDemand) -> tuple[int, int]:
        async with Scripted(
            offer=TLS, answers={b"STARTTLS": b"220 go\r\n"}
        ) as server:  # and then no handshake
            folder = tmp_path / str(wanted.required)
            bench = Bench(folder, server.port)
            host = Host("127.0.0.1", server.port, "mx.test", tls=wanted, context=TlsContexts().get(wanted))
            router = StaticRouter({"ALL": NextHop("relay", (host,))})
            bench.agent.router = bench.agent.outcome.router = router
            await bench.put(1, "b.example")
            await bench.until(lambda: bench.spool.messages == 0 or bench.agent.counters["deferred"] == 1)
            await bench.close()
            return len(server.messages), bench.agent.counters["deferred"]

    assert asyncio.run(run(PREFERRED)) == (1, 0)
    assert asyncio.run(run(REQUIRED)) == (0, 1)
