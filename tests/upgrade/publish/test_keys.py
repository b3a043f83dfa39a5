from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from upgrade.publish.keys import BadKey, NoTrustedKey, NotSigned, ReleaseKey, TrustedKeys


def folder(place: Path) -> Path:
    key = Ed25519PrivateKey.generate()
    place.mkdir()
    (place / "release.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (place / "release.pub").write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return place


def test_what_one_half_signs_the_other_believes(tmp_path: Path) -> None:
    keys = folder(tmp_path / "keys")
    signature = ReleaseKey.load(keys).sign(b"document")
    assert len(signature) == 64
    TrustedKeys.load(keys).verify(b"document", signature)


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: b"", lambda s: s + b"x", lambda s: bytes(64)])
def test_nothing_else_is_believed(tmp_path: Path, change: object) -> None:
    keys = folder(tmp_path / "keys")
    signature = ReleaseKey.load(keys).sign(b"document")
    assert callable(change)
    with pytest.raises(NotSigned):
        TrustedKeys.load(keys).verify(b"document", change(signature))
    with pytest.raises(NotSigned):
        TrustedKeys.load(keys).verify(b"Document", signature)


def test_an_appliance_may_trust_two_keys_while_a_site_changes_its_own(tmp_path: Path) -> None:
    old, new = folder(tmp_path / "old"), folder(tmp_path / "new")
    both = tmp_path / "both"
    both.mkdir()
    (both / "release.pub").write_bytes((old / "release.pub").read_bytes())
    (both / "release-2027.pub").write_bytes((new / "release.pub").read_bytes())
    for keys in (old, new):
        TrustedKeys.load(both).verify(b"x", ReleaseKey.load(keys).sign(b"x"))


def test_no_key_trusts_nobody(tmp_path: Path) -> None:
    with pytest.raises(NoTrustedKey):
        TrustedKeys.load(tmp_path)
    with pytest.raises(NotSigned):
        TrustedKeys(()).verify(b"x", bytes(64))


def test_keys_of_other_kinds_are_refused(tmp_path: Path) -> None:
    other = rsa.generate_private_key(65537, 2048)
    (tmp_path / "release.key").write_bytes(
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (tmp_path / "release.pub").write_bytes(
        other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    for load in (ReleaseKey.load, TrustedKeys.load):
        with pytest.raises(BadKey, match="another kind"):
            load(tmp_path)
    (tmp_path / "release.pub").write_bytes(b"junk")
    with pytest.raises(BadKey):
        TrustedKeys.load(tmp_path)
