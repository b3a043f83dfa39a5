"""gateway.delivery.tls, with real handshakes on loopback"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from gateway.delivery.controls import Control, DaneLevel, TlsLevel
from gateway.delivery.dane import DaneAnswer, DaneStatus, Matching, Selector, TlsaRecord, TlsaSet, Usage
from gateway.delivery.mtasts import StsMode, StsPolicy
from gateway.delivery.mx import Exchanger
from gateway.delivery.tls import (
    BadCertificate,
    PemPair,
    TlsContexts,
    TlsDemand,
    TlsRefusal,
    TlsSource,
    demand,
    objection,
    peer_chain,
)
from tests.gateway.delivery.pki import Issued, issue

HOST = Exchanger("mx.example.com", 10, ("192.0.2.1",), secure=True)
ROOT = issue(ca=True)
LEAF = issue("mx.example.com", by=ROOT)
TLSA = TlsaSet(
    (TlsaRecord(Usage.END_ENTITY, Selector.CERTIFICATE, Matching.WHOLE, LEAF.der),), ("mx.example.com",)
)
USABLE = DaneAnswer(DaneStatus.USABLE, TLSA, "mx.example.com")
ENFORCE = StsPolicy(StsMode.ENFORCE, 86_400, ("mx.example.com",))


def decide(
    control: Control, dane: DaneAnswer | None = None, policy: StsPolicy | None = None
) -> TlsDemand | TlsRefusal:
    return demand(control, HOST, "example.com", dane=dane, policy=policy)


def wanted(control: Control, dane: DaneAnswer | None = None, policy: StsPolicy | None = None) -> TlsDemand:
    found = decide(control, dane, policy)
    assert isinstance(found, TlsDemand)
    return found


@pytest.mark.parametrize(
    ("level", "offer", "required", "names"),
    [
        (TlsLevel.NONE, False, False, ()),
        (TlsLevel.PREFERRED, True, False, ()),
        (TlsLevel.PREFERRED_VERIFIED, True, False, ()),
        (TlsLevel.REQUIRED, True, True, ()),
        (TlsLevel.REQUIRED_VERIFIED, True, True, ("mx.example.com", "example.com")),
    ],
)
def test_levels(level: TlsLevel, offer: bool, required: bool, names: tuple[str, ...]) -> None:
    found = wanted(Control(tls=level))
    assert (found.offer, found.required, found.names) == (offer, required, names)


def test_dane_binds_where_the_zone_offers_it() -> None:
    control = Control(dane=DaneLevel.OPPORTUNISTIC, mta_sts=True)
    found = wanted(control, USABLE, ENFORCE)
    assert (found.required, found.tlsa, found.source) == (True, TLSA, TlsSource.DANE)
    found = wanted(control, DaneAnswer(DaneStatus.UNUSABLE))
    assert (found.required, found.tlsa, found.names) == (True, None, ())
    assert isinstance(decide(control, DaneAnswer(DaneStatus.FAILED)), TlsRefusal)
    assert wanted(control, DaneAnswer(DaneStatus.ABSENT)).offer is False
    assert wanted(Control(), USABLE).offer is False, "not asked for"


def test_mandatory_dane_waits_for_records() -> None:
    control = Control(dane=DaneLevel.MANDATORY)
    for status in (DaneStatus.ABSENT, DaneStatus.UNUSABLE, DaneStatus.FAILED):
        assert isinstance(decide(control, DaneAnswer(status)), TlsRefusal)
    assert isinstance(decide(control), TlsRefusal)
    assert wanted(control, USABLE).tlsa is TLSA


def test_mta_sts_binds_in_mode_enforce() -> None:
    control = Control(tls=TlsLevel.PREFERRED, mta_sts=True)
    found = wanted(control, policy=ENFORCE)
    assert (found.required, found.names, found.source) == (True, ("mx.example.com",), TlsSource.STS)
    assert not wanted(control, policy=StsPolicy(StsMode.TESTING, 1, ("other.example",))).required
    assert not wanted(Control(tls=TlsLevel.PREFERRED), policy=ENFORCE).required
    refused = decide(control, policy=StsPolicy(StsMode.ENFORCE, 1, ("other.example",)))
    assert isinstance(refused, TlsRefusal)
    assert "mx.example.com is not in the MTA-STS policy" in refused.reason


def test_unusable_records_do_not_weaken_a_stronger_control() -> None:
    control = Control(tls=TlsLevel.REQUIRED_VERIFIED, dane=DaneLevel.OPPORTUNISTIC)
    assert wanted(control, DaneAnswer(DaneStatus.UNUSABLE)).names


def handshake(
    tmp_path: Path, server: Issued, found: TlsDemand, contexts: TlsContexts, clients: Path | None = None
) -> str:
    """The objection after a real handshake; raises what TLS raises."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x")
        await reader.read()
        writer.close()

    async def run() -> str:
        listener = await asyncio.start_server(
            serve, "127.0.0.1", 0, ssl=server.server_context(tmp_path, clients)
        )
        port = listener.sockets[0].getsockname()[1]
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=contexts.get(found), server_hostname=found.sni or None
            )
            # A server that wants a certificate says no only after TLS 1.3's handshake is over on our side.
            assert await reader.readexactly(1) == b"x"
            result = objection(found, peer_chain(writer.get_extra_info("ssl_object")))
            writer.transport.abort()
            return result
        finally:
            listener.close()

    return asyncio.run(run())


def verified(*names: str) -> TlsDemand:
    return TlsDemand(True, True, names, sni="mx.example.com")


def test_a_verified_host(tmp_path: Path) -> None:
    contexts = TlsContexts(authorities=ROOT.to_file(tmp_path / "root.pem"))
    assert handshake(tmp_path, LEAF, verified("example.com", "mx.example.com"), contexts) == ""
    told = handshake(tmp_path, LEAF, verified("other.example"), contexts)
    assert told == "the certificate is not for other.example"
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path, issue("mx.example.com"), verified("mx.example.com"), contexts)


def test_anyones_certificate_will_do_where_nothing_is_checked(tmp_path: Path) -> None:
    found = TlsDemand(True, True, sni="mx.example.com")
    assert handshake(tmp_path, issue("whoever.example"), found, TlsContexts()) == ""


def test_dane_over_a_real_handshake(tmp_path: Path) -> None:
    found = TlsDemand(True, True, tlsa=TLSA, sni="mx.example.com")
    assert handshake(tmp_path, LEAF, found, TlsContexts()) == ""
    told = handshake(tmp_path, issue("mx.example.com", by=ROOT), found, TlsContexts())
    assert told == "the certificate matches no TLSA record"


def test_each_destination_shows_its_own_certificate(tmp_path: Path) -> None:
    own = issue("client.example", by=ROOT)
    contexts = TlsContexts({"own": own.pair})
    clients = ROOT.to_file(tmp_path / "clients.pem")
    found = TlsDemand(True, True, sni="mx.example.com", certificate="own")
    assert handshake(tmp_path, LEAF, found, contexts, clients) == ""
    with pytest.raises((ssl.SSLError, EOFError)):
        handshake(tmp_path, LEAF, TlsDemand(True, True, sni="mx.example.com"), contexts, clients)


def test_contexts_are_made_once() -> None:
    contexts = TlsContexts()
    assert contexts.get(TlsDemand(True)) is contexts.get(TlsDemand(True, True, sni="x"))
    assert contexts.get(TlsDemand(True)) is not contexts.get(verified("a"))


def test_certificates_that_cannot_be_used() -> None:
    contexts = TlsContexts(
        {"bad": PemPair("nonsense", "nonsense"), "mixed": PemPair(LEAF.pair.certificate, ROOT.pair.key)}
    )
    for name in ("bad", "mixed", "missing"):
        with pytest.raises(BadCertificate, match=name):
            contexts.get(TlsDemand(True, certificate=name))


def test_a_key_does_not_show_in_a_log() -> None:
    assert "PRIVATE" not in repr(LEAF.pair)


def test_malformed_or_missing_certificates() -> None:
    assert objection(verified("a.example"), []) == "the host sent no certificate"
    assert objection(verified("a.example"), [b"junk"]) == "the certificate is malformed"
