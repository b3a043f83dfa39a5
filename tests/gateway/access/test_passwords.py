import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.passwords import PasswordHash, account_name

# passlib 1.7: scrypt.using(rounds=10, block_size=8, parallelism=1, salt=b"saltsaltsaltsalt").hash("pässword")
CHEAP = "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$"


def cheap(password: str) -> PasswordHash:
    plain = PasswordHash(b"saltsaltsaltsalt", ln=10, p=1)
    return PasswordHash(plain.salt, plain.of(password), 10, 8, 1)


def test_rfc_7914_vector() -> None:
    """Section 12: scrypt (P="pleaseletmein", S="SodiumChloride", N=16384, r=8, p=1, dkLen=64)."""
    digest = PasswordHash(b"SodiumChloride", bytes(64), 14, 8, 1).of("pleaseletmein")
    assert digest.hex().startswith("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2")


def test_made_hash_reads_back_and_fits_its_password_only() -> None:
    made = PasswordHash.make("s3cret")
    read = PasswordHash.parse(str(made))
    assert read == made
    assert read.fits("s3cret") and not read.fits("s3cret ") and not read.fits("")
    assert "s3cret" not in str(made)
    assert made.salt != PasswordHash.make("s3cret").salt


def test_an_umlaut_is_one_however_it_was_typed() -> None:
    made = cheap("müller")
    assert str(made).startswith(CHEAP)
    assert made.fits(unicodedata.normalize("NFD", "müller"))
    assert account_name("Mu\u0308ller") == account_name("müller")


def test_a_novel_is_no_password() -> None:
    assert not cheap("x" * 2000).fits("x" * 2000)


@pytest.mark.parametrize(
    "text",
    [
        "secret",
        "$scrypt$ln=14,r=8,p=5$c2FsdHNhbHRzYWx0c2FsdA$",
        "$scrypt$ln=20,r=99,p=1$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43,
        "$scrypt$ln=9,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43,
        "$scrypt$ln=14,r=8,p=0$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43,
        "$scrypt$ln=14,r=8,p=5$c2Fs$" + "A" * 43,
        "$scrypt$ln=14,r=8,p=5$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 41,
        "$6$salt$hash",
    ],
)
def test_what_is_no_hash_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"must|out of range|base64") as caught:
        PasswordHash.parse(text)
    assert text not in str(caught.value)


@given(st.text())
def test_any_text_is_refused_or_reads_back(text: str) -> None:
    try:
        assert str(PasswordHash.parse(text)) == text
    except ValueError:
        return
