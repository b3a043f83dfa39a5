from __future__ import annotations

import datetime
import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hwmgmt.models.catalogue import catalogue
from image.forms import ova, sign
from tests.image.forms.lint.sample import files, ids, pack, vmdk

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
MANIFEST = b"SHA256(m.ovf)= 00\n"


def _pair(
    folder: Path,
    name: str = "site",
    *,
    days: int = 3650,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
) -> tuple[Path, Path]:
    """Key and certificate as files."""
    private = key or rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=days))
        .sign(private, hashes.SHA256())
    )
    key_file, cert_file = folder / f"{name}.key", folder / f"{name}.crt"
    key_file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    cert_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return key_file, cert_file


def test_what_was_signed_checks_and_nothing_else_does(tmp_path: Path) -> None:
    made = sign.load(*_pair(tmp_path), NOW).certificate_file("m.mf", MANIFEST)
    good = sign.check(made, MANIFEST)
    assert (good.exact, good.holds, good.signed) == (True, True, "m.mf")
    assert not sign.check(made, MANIFEST + b"x").holds
    assert not sign.check(made.replace(b"SHA256(", b"SHA2-256("), MANIFEST).exact
    assert not sign.check(b"", MANIFEST).exact


@pytest.mark.process
def test_openssl_agrees(tmp_path: Path) -> None:
    """What importers do: the signature in hex, with the certificate's key, over the manifest as it is in the file."""
    key, certificate = _pair(tmp_path)
    line, _, pem = sign.load(key, certificate, NOW).certificate_file("m.mf", MANIFEST).partition(b"\n")
    (tmp_path / "signature").write_bytes(bytes.fromhex(line.split(b"= ")[1].decode()))
    (tmp_path / "m.mf").write_bytes(MANIFEST)
    (tmp_path / "m.crt").write_bytes(pem)
    public = subprocess.run(
        ["openssl", "x509", "-in", tmp_path / "m.crt", "-pubkey", "-noout"], check=True, capture_output=True
    )
    (tmp_path / "public.pem").write_bytes(public.stdout)
    words: list[str | Path] = ["openssl", "dgst", "-sha256", "-verify", tmp_path / "public.pem"]
    words += ["-signature", tmp_path / "signature", tmp_path / "m.mf"]
    subprocess.run(words, check=True, capture_output=True)


def test_what_cannot_sign_is_refused_with_the_reason(tmp_path: Path) -> None:
    key, certificate = _pair(tmp_path)
    _, other = _pair(tmp_path, "other")
    with pytest.raises(sign.BadSigner, match="not the certificate of"):
        sign.load(key, other, NOW)
    with pytest.raises(sign.BadSigner, match="valid from 2026-01-01 to 2026-01-11 only"):
        sign.load(*_pair(tmp_path, "old", days=10), NOW)
    with pytest.raises(sign.BadSigner, match="not an RSA key"):
        sign.load(*_pair(tmp_path, "curve", key=ec.generate_private_key(ec.SECP256R1())), NOW)
    with pytest.raises(sign.BadSigner, match="no certificate in PEM"):
        sign.load(key, key, NOW)
    with pytest.raises(sign.BadSigner, match="no private key"):
        sign.load(certificate, certificate, NOW)
    with pytest.raises(sign.BadSigner, match="No such file"):
        sign.load(tmp_path / "nowhere", certificate, NOW)


def test_a_signed_ova_has_the_certificate_behind_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "m-disk1.vmdk").write_bytes(vmdk())
    signer = sign.load(*_pair(tmp_path), NOW)
    package = ova.Package(
        catalogue().get("C100V"), tmp_path / "m-disk1.vmdk", 1 << 30, "14.2.3-031", signer=signer
    )
    made = ova.pack(package, tmp_path / "m.ova").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(made)) as archive:
        assert archive.getnames() == ["m.ovf", "m.mf", "m.cert", "m-disk1.vmdk"]
    assert ids(made) == set()


def test_lint_finds_what_is_wrong_with_a_signature(tmp_path: Path) -> None:
    (ovf, mf, disk) = files()
    signer = sign.load(*_pair(tmp_path), NOW)
    cert = signer.certificate_file("m.mf", mf[1])
    assert ids(pack([ovf, mf, ("m.cert", cert), disk])) == set()
    assert ids(pack([ovf, mf, ("m.cert", signer.certificate_file("m.mf", b"")), disk])) == {
        "certificate.signature"
    }
    assert ids(pack([ovf, mf, ("m.cert", signer.certificate_file("n.mf", mf[1])), disk])) == {
        "certificate.signature"
    }
    assert ids(pack([ovf, mf, ("m.cert", b"SHA2-" + cert), disk])) == {"certificate.form"}
    assert ids(pack([ovf, mf, disk, ("m.cert", cert)])) == {"archive.order"}
    past = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
    old = sign.load(*_pair(tmp_path, "old", days=10), past).certificate_file("m.mf", mf[1])
    assert ids(pack([ovf, mf, ("m.cert", old), disk])) == {"certificate.expired"}
