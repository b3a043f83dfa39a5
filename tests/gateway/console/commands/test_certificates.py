"""Certificates are looked at before they are added (A4, U19)."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.console import chains
from gateway.console.commands import certificates
from gateway.console.errors import BadAnswer
from tests.gateway.console.scripted import NOW, Console

THEN = datetime.fromtimestamp(NOW, UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
ISSUER = ec.generate_private_key(ec.SECP256R1())


def made(
    common: str = "",
    *,
    names: tuple[str, ...] = (),
    critical: bool = False,
    ca: bool = False,
    days: int = 30,
    issuer: str = "",
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])
    by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]) if issuer else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key((ISSUER if ca else KEY).public_key())
        .serial_number(1)
        .not_valid_before(THEN - timedelta(days=60))
        .not_valid_after(THEN + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=critical
        )
    return builder.sign(ISSUER if ca or issuer else KEY, hashes.SHA256())


def pem(*found: x509.Certificate) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in found)


@pytest.mark.parametrize(
    ("certificate", "passes"),
    [
        (made("mail.example.com"), True),
        (made("mail.gone.example"), False),
        (made("My certificate"), False),
        (made("My certificate", names=("mail.example.com",)), True),
        (made(names=("mail.example.com",), critical=True), True),
        (made(names=("mail.example.com",)), False),
        (made(), False),
        (made("My certificate", names=("not a host",)), False),
    ],
)
def test_the_name_has_to_be_a_hosts(certificate: x509.Certificate, passes: bool) -> None:
    why = chains.fqdn_problem(certificate, lambda host: host == "mail.example.com")
    assert (why == "") is passes, why


def test_authorities_are_in_time_and_are_authorities() -> None:
    assert list(chains.authority_problems([made("Root", ca=True)], THEN)) == []
    assert "expired" in next(chains.authority_problems([made("Root", ca=True, days=-1)], THEN))
    assert "CA:FALSE" in next(chains.authority_problems([made("mail.example.com")], THEN))


def test_a_chain_has_no_gap() -> None:
    root, leaf = made("Root", ca=True), made("mail.example.com", issuer="Root")
    assert chains.chain_problem([leaf, root]) == ""
    assert "issuer of mail.example.com" in chains.chain_problem([leaf])


def test_updateconfig_takes_a_whole_chain_only(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "resolves", lambda host: False)
    root = made("Root", ca=True)
    with pytest.raises(BadAnswer, match="no host name"):
        console.batch("updateconfig", "trusted_certificates", "add", pem(root))
    console.batch("updateconfig", "trusted_certificates", "add", pem(root), "fqdn=no")
    assert len(console.config.updates.trusted_certificates) == 1
    with pytest.raises(BadAnswer, match=r"CA:FALSE"):
        console.batch("updateconfig", "trusted_certificates", "add", pem(made("x.example.com")), "fqdn=no")
    assert console.batch("updateconfig", "trusted_certificates", "delete", "1") == {"removed": "Root"}


def test_an_own_certificate_is_in_time_and_has_its_key(console: Console) -> None:
    key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    good, old = pem(made("a.example", names=("a.example",))), pem(made("b.example", days=-2))
    add = ("certconfig", "certificate", "new")
    console.batch(*add, "Mine", f"certificate={good}", f"private_key={key}")
    assert console.config.certificates[0].certificate_name == "Mine"
    assert console.batch("certconfig")[0]["until"] == f"{THEN + timedelta(days=30):%Y-%m-%d}"
    with pytest.raises(BadAnswer, match="has expired"):
        console.batch(*add, "Old", f"certificate={old}", f"private_key={key}", "fqdn=no")
    with pytest.raises(BadAnswer, match="PEM"):
        console.batch(*add, "Junk", "certificate=junk", f"private_key={key}")
