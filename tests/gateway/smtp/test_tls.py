"""TLS and AUTH on real sockets: our server, smtplib and our own client."""

import asyncio
import datetime
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.delivery.client import Client
from gateway.delivery.ports import Host
from gateway.delivery.tls import TlsDemand
from gateway.delivery.wire import Job
from gateway.logs.maillog import MailLog
from gateway.queue.message import Message, Recipient
from gateway.queue.numbers import Numbers
from gateway.queue.spool import Spool
from gateway.smtp.server import Server
from gateway.smtp.session import Session
from gateway.smtp.settings import ListenerSettings
from tests.gateway.delivery.test_client import Recorder
from tests.gateway.smtp.harness import SETTINGS, DomainHandler

T = TypeVar("T")


@pytest.fixture(autouse=True, params=["asyncio", "uvloop"])
def _loops(request: pytest.FixtureRequest) -> None:
    """Every test on both loops: they upgrade to TLS in different ways."""
    global _factory
    _factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop


_factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop


def finish(test: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=_factory) as runner:
        return runner.run(test)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of ours for mx.example.com, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mx.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("mx.example.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mx.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


class Accounts(DomainHandler):
    async def _slowly(self, good: bool) -> bool:
        await asyncio.sleep(0.01)
        return good

    def handle_AUTH(self, session: Session, login: str, password: str) -> Any:
        return self._slowly((login, password) == ("müller", "s3cret"))


def secured(pem: Path) -> ListenerSettings:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return replace(SETTINGS, tls=context, auth=True)


@asynccontextmanager
async def listening(
    folder: Path, settings: ListenerSettings
) -> AsyncIterator[tuple[int, list[Message], Server]]:
    spool = Spool(folder / "spool")
    queued: list[Message] = []
    log = MailLog(folder / "mail.current")
    handler = Accounts(frozenset({"example.com"}))
    server = Server(settings, handler, spool, Numbers(folder / "numbers"), log, queued.append)
    loop = asyncio.get_running_loop()
    context = settings.tls if settings.implicit_tls else None
    listener = await loop.create_server(server, "127.0.0.1", 0, ssl=context)
    yield listener.sockets[0].getsockname()[1], queued, server
    listener.close()
    for engine in list(server.connections):
        if engine.transport is not None:
            engine.transport.abort()
    await asyncio.sleep(0.05)
    await spool.close()
    log.close()


def trusting(pem: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=pem)


def run(folder: Path, settings: ListenerSettings, client: Callable[[int], None]) -> list[Message]:
    async def test() -> list[Message]:
        async with listening(folder, settings) as (port, queued, server):
            await asyncio.to_thread(client, port)
            for _ in range(100):
                if not server.connections:
                    break
                await asyncio.sleep(0.01)
            assert not server.connections
            return queued

    return finish(test())


class NamedSMTP(smtplib.SMTP):
    """Connects to loopback, checks the certificate for mx.example.com."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port, timeout=10)
        self._host = "mx.example.com"


def test_starttls_and_auth(tmp_path: Path, pem: Path) -> None:
    def client(port: int) -> None:
        with NamedSMTP(port) as smtp:
            smtp.ehlo()
            assert smtp.has_extn("starttls") and not smtp.has_extn("auth")
            assert smtp.docmd("AUTH", "PLAIN AGEAYg==")[0] == 538
            smtp.starttls(context=trusting(pem))
            assert smtp.docmd("MAIL", "FROM:<a@b>")[0] == 503, "EHLO again after STARTTLS"
            smtp.ehlo()
            assert smtp.has_extn("auth") and not smtp.has_extn("starttls")
            for mechanism in ("PLAIN", "LOGIN"):
                smtp.esmtp_features["auth"] = mechanism
                with pytest.raises(smtplib.SMTPAuthenticationError):
                    smtp.login("mueller", "wrong")
            assert smtp.docmd("AUTH", "LOGIN")[0] == 334
            assert smtp.docmd("*")[0] == 501
            code, _ = smtp.docmd("AUTH PLAIN", "AG3DvGxsZXIAczNjcmV0")
            assert code == 235
            smtp.sendmail("a@b.example", ["x@elsewhere.example"], b"Subject: s\r\n\r\nhi\r\n")

    (message,) = run(tmp_path, secured(pem), client)
    assert isinstance(message.body, bytes)
    assert b"with ESMTPSA id" in message.body
    log = (tmp_path / "mail.current").read_text()
    assert "TLS success protocol TLSv1.3" in log
    assert "SMTP authentication success user: müller" in log
    assert "s3cret" not in log


def test_implicit_tls(tmp_path: Path, pem: Path) -> None:
    def client(port: int) -> None:
        context = trusting(pem)
        context.check_hostname = False
        with smtplib.SMTP_SSL("127.0.0.1", port, timeout=10, context=context) as smtp:
            smtp.sendmail("a@b.example", ["x@example.com"], b"hi\r\n" * 100_000)

    (message,) = run(tmp_path, replace(secured(pem), implicit_tls=True), client)
    assert message.size > 400_000
    assert isinstance(message.body, Path), "too large to be in the database"


def test_mail_may_require_tls(tmp_path: Path, pem: Path) -> None:
    def client(port: int) -> None:
        with NamedSMTP(port) as smtp:
            smtp.ehlo()
            assert smtp.docmd("MAIL", "FROM:<a@b>")[0] == 530

    assert not run(tmp_path, replace(secured(pem), tls_required=True), client)


def test_plain_text_behind_starttls_never_runs(tmp_path: Path, pem: Path) -> None:
    """CVE-2024-34083 on a real socket, in the same segment and in the next."""

    def client(port: int) -> None:
        smtp = NamedSMTP(port)
        smtp.ehlo()
        smtp.send(b"STARTTLS\r\nMAIL FROM:<evil@b>\r\nRCPT TO:<x@example.com>\r\n")
        assert smtp.getreply()[0] == 554
        smtp.close()
        smtp = NamedSMTP(port)
        smtp.ehlo()
        assert smtp.docmd("STARTTLS")[0] == 220
        smtp.send(b"MAIL FROM:<evil@b>\r\nRCPT TO:<x@example.com>\r\nNOOP\r\n")
        with pytest.raises((OSError, smtplib.SMTPServerDisconnected)):
            assert smtp.getreply()[0] == -1
        smtp.close()

    assert not run(tmp_path, secured(pem), client)
    log = (tmp_path / "mail.current").read_text()
    assert "evil@b" not in log
    assert "TLS failed" in log


async def connect(client: Client, port: int) -> None:
    await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", port)


def host(port: int, pem: Path, name: str, *, required: bool) -> Host:
    wanted = TlsDemand(True, required, (name,), sni=name)
    return Host("127.0.0.1", port, tls=wanted, context=trusting(pem))


@pytest.mark.parametrize("required", [True, False])
def test_our_client_secures_itself(tmp_path: Path, pem: Path, required: bool) -> None:
    async def test() -> None:
        async with listening(tmp_path, secured(pem)) as (port, queued, _):
            recipients = [Recipient(0, "x@example.com", "example.com")]
            owner = Recorder([Job(Message(1, "a@b", 0.0, 4, recipients=recipients), recipients, b"hi\r\n")])
            client = Client(owner, "out.example", 1, host(port, pem, "mx.example.com", required=required))
            await connect(client, port)
            await asyncio.wait_for(owner.closed, 10)
            assert owner.done[0][1][0].ok
            assert isinstance(queued[0].body, bytes) and b"with ESMTPS id" in queued[0].body

    finish(test())


def test_our_client_sends_nothing_where_tls_fails(tmp_path: Path, pem: Path) -> None:
    async def test() -> None:
        for settings in (secured(pem), SETTINGS):
            async with listening(tmp_path, settings) as (port, queued, _):
                owner = Recorder([])
                client = Client(owner, "out.example", 1, host(port, pem, "other.example", required=True))
                await connect(client, port)
                _, why = await asyncio.wait_for(owner.closed, 10)
                assert why.status in ("4.7.5", "4.7.4")
                assert not client.ready
                assert not queued

    finish(test())
