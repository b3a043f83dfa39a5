"""The folder of keys: whole, private, never overwritten; and what other tools say of it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from image.keys import authenticated, certificates, signature_list, site
from mailward.cli import run
from mailward.errors import ExitStatus


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> site.SiteKeys:
    return site.create(tmp_path_factory.mktemp("keys") / "site", "Example Ltd", years=15, bits=2048)


def test_private_keys_are_for_their_owner_alone(made: site.SiteKeys) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.folder.iterdir()}
    assert set(modes) == {*site.PRIVATE, *site.PUBLIC}
    assert {modes[name] for name in site.PRIVATE} == {0o600}
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    for name in site.PUBLIC:
        assert b"PRIVATE" not in (made.folder / name).read_bytes()


def test_each_variable_trusts_its_own_certificate(made: site.SiteKeys) -> None:
    for role, certificate in made.certificates.items():
        listed = signature_list.decode((made.folder / f"{role}.esl").read_bytes())
        assert [(one.owner, one.data) for one in listed] == [
            (made.owner, certificate.public_bytes(Encoding.DER))
        ]
        update = authenticated.decode((made.folder / f"{role}.auth").read_bytes())
        assert update.content == (made.folder / f"{role}.esl").read_bytes()
        assert update.time == certificate.not_valid_before_utc


def test_certificates_are_what_they_are_for(made: site.SiteKeys) -> None:
    for role, certificate in made.certificates.items():
        assert certificates.ROLES[role] in certificate.subject.rfc4514_string()
        valid = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        assert 15 * 365 <= valid.days <= 15 * 366
        certificate.verify_directly_issued_by(certificate)
        public = certificate.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        private = load_pem_private_key((made.folder / f"{role}.key").read_bytes(), None)
        assert isinstance(private, rsa.RSAPrivateKey)
        public.verify(
            private.sign(b"x", padding.PKCS1v15(), hashes.SHA256()), b"x", padding.PKCS1v15(), hashes.SHA256()
        )


def test_the_longest_name_of_a_site_fits_and_a_longer_one_is_refused(tmp_path: Path) -> None:
    made = site.create(tmp_path / "k", "Ö" * 20, years=1, bits=2048)
    assert "Ö" * 20 in made.certificates["db"].subject.rfc4514_string()
    for name in ("", "Ö" * 20 + "o"):
        with pytest.raises(site.BadSiteName):
            site.create(tmp_path / "other", name, years=1, bits=2048)
    assert not (tmp_path / "other").exists()


def test_a_further_certificate_is_trusted_for_db_alone(tmp_path: Path, made: site.SiteKeys) -> None:
    vendor = made.certificates["KEK"]
    other = site.create(tmp_path / "k", "Other", years=1, bits=2048, trusted=[vendor])
    counts = {
        role: len(signature_list.decode((other.folder / f"{role}.esl").read_bytes()))
        for role in other.certificates
    }
    assert counts == {"PK": 1, "KEK": 1, "db": 2}


def test_the_release_key_signs_what_its_public_half_checks(made: site.SiteKeys) -> None:
    made.release.verify(site.release_key(made.folder).sign(b"SHA256SUMS"), b"SHA256SUMS")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "release.key").write_text("precious")
    with pytest.raises(site.KeysExist):
        site.create(tmp_path, "Example", years=1, bits=2048)
    assert [path.name for path in tmp_path.iterdir()] == ["release.key"]
    with pytest.raises(site.KeysExist):
        site.create(tmp_path / "release.key", "Example", years=1, bits=2048)


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site, "_write", full)
    with pytest.raises(site.CannotWrite, match="No space left"):
        site.create(tmp_path / "k", "Example", years=1, bits=2048)
    assert not list(tmp_path.iterdir())


def test_exposed_and_incomplete_folders_are_refused(tmp_path: Path) -> None:
    made = site.create(tmp_path / "k", "Example", years=1, bits=2048)
    (made.folder / "db.key").chmod(0o640)
    with pytest.raises(site.KeysExposed, match="mode 0640"):
        site.load(made.folder)
    (made.folder / "db.key").unlink()
    with pytest.raises(site.KeysUnreadable, match=r"db\.key is missing"):
        site.load(made.folder)
    (made.folder / "db.key").touch(0o600)
    (made.folder / "release.pub").write_bytes(b"nonsense")
    with pytest.raises(site.KeysUnreadable):
        site.load(made.folder)


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "keys"
    assert run(["keys", "init", str(folder), "--site", "Example Ltd", "--json"]) == ExitStatus.OK
    facts = json.loads(capsys.readouterr().out)
    assert [key["name"] for key in facts["keys"]] == ["PK", "KEK", "db", "release"]
    assert run(["keys", "show", str(folder)]) == ExitStatus.OK
    shown = capsys.readouterr().out
    assert all(key["fingerprint"] in shown for key in facts["keys"])
    assert "PRIVATE" not in shown
    assert run(["keys", "init", str(folder)]) == ExitStatus.REJECTED
    assert "never overwritten" in capsys.readouterr().err
    assert run(["keys", "show", str(tmp_path)]) == ExitStatus.USAGE
    assert (
        run(["keys", "init", str(tmp_path / "b"), "--trust-also", str(folder / "db.key")]) == ExitStatus.USAGE
    )
    assert "not an X.509 certificate" in capsys.readouterr().err


def said(*argv: str | Path) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.process
def test_openssl_agrees_on_fingerprints_and_signatures(made: site.SiteKeys, tmp_path: Path) -> None:
    printed = said("openssl", "x509", "-in", made.folder / "db.crt", "-noout", "-fingerprint", "-sha256")
    assert printed.strip().partition("=")[2].replace(":", "").lower() == certificates.fingerprint(
        made.certificates["db"]
    )
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", made.folder / "release.pub", "-outform", "DER"],
        capture_output=True,
        check=True,
    ).stdout
    assert hashlib.sha256(der).hexdigest() == made.release_fingerprint
    # The update's signature, over exactly what the firmware puts together, verifies against the key above.
    update = authenticated.decode((made.folder / "db.auth").read_bytes())
    text = tmp_path / "text"
    text.write_bytes(
        "db".encode("utf-16-le")
        + authenticated.IMAGE_SECURITY.bytes_le
        + (0x27).to_bytes(4, "little")
        + (made.folder / "db.auth").read_bytes()[:16]
        + update.content
    )
    # A ContentInfo around it, as openssl wants one.
    oid = bytes.fromhex("06092a864886f70d010702")
    inner = b"\xa0\x82" + len(update.signature).to_bytes(2) + update.signature
    (tmp_path / "p7").write_bytes(b"\x30\x82" + (len(oid) + len(inner)).to_bytes(2) + oid + inner)
    said(
        *("openssl", "smime", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", os.devnull),
        *("-in", tmp_path / "p7", "-content", text, "-CAfile", made.folder / "KEK.crt"),
    )  # fmt: skip


@pytest.mark.process
def test_what_db_signs_sbverify_takes_and_another_sites_it_does_not(
    made: site.SiteKeys, tmp_path: Path
) -> None:
    program = Path("/usr/lib/systemd/boot/efi/systemd-bootx64.efi")  # any EFI program would do
    signed = tmp_path / "signed.efi"
    key, certificate = made.folder / "db.key", made.folder / "db.crt"
    said("sbsign", "--key", key, "--cert", certificate, "--output", signed, program)
    assert "Signature verification OK" in said("sbverify", "--cert", certificate, signed)
    assert subprocess.run(
        ["sbverify", "--cert", made.folder / "KEK.crt", signed], capture_output=True
    ).returncode
