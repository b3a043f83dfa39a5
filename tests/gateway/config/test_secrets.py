from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.errors import Masked, NotDecrypted
from gateway.config.secrets import FAMILY, MASK, Opener, Sealer, family, is_everybodys, mask
from mailward.errors import BadInput

SEALED = Sealer(b"ours")("passphrase", "s3cret ü")
WITH_PASSPHRASE = Sealer(b"ours", passphrase="word")("passphrase", "s3cret")


def test_any_machine_of_the_family_opens_it() -> None:
    assert "s3cret" not in SEALED
    assert Opener(b"ours")("passphrase", SEALED) == "s3cret ü"


def test_a_passphrase_takes_the_familys_place() -> None:
    assert Opener(b"theirs", passphrase="word")("passphrase", WITH_PASSPHRASE) == "s3cret"


@pytest.mark.parametrize(
    ("opener", "name", "text", "why"),
    [
        (Opener(b"theirs"), "passphrase", SEALED, "machines with another key"),
        (Opener(b"ours"), "private_key", SEALED, "the file was changed"),  # moved to another element
        (Opener(b"ours"), "passphrase", WITH_PASSPHRASE, "saved with a passphrase"),
        (Opener(b"ours", passphrase="w"), "passphrase", WITH_PASSPHRASE, "the passphrase is another"),
        (Opener(b""), "passphrase", SEALED, "only `loadconfig`"),
        (Opener(b"ours"), "passphrase", SEALED[:-3], "damaged"),
        (Opener(b"ours"), "passphrase", "$mailward$1$x$y$z", "no way of encryption"),
        (Opener(b"ours"), "passphrase", "$mailward$1$family$!$z", "damaged"),
    ],
    ids=["family", "element", "no-passphrase", "passphrase", "plain-only", "cut", "kind", "salt"],
)
def test_what_cannot_be_opened_says_why(opener: Opener, name: str, text: str, why: str) -> None:
    with pytest.raises(NotDecrypted, match=why):
        opener(name, text)


def test_masked_ones_are_refused_and_plain_ones_are_as_they_are() -> None:
    assert Opener(b"ours")("passphrase", "plain") == "plain"
    with pytest.raises(Masked):
        Opener(b"ours")("passphrase", mask("passphrase", "x"))
    assert mask("passphrase", "a") == mask("passphrase", "bc") == MASK


def test_the_site_has_its_own_key(tmp_path: Path) -> None:
    assert is_everybodys(family(tmp_path))
    path = tmp_path / FAMILY
    path.parent.mkdir(parents=True)
    path.write_bytes(b"of the site\n")
    assert family(tmp_path) == b"of the site"
    assert not is_everybodys(family(tmp_path))


@given(st.text(max_size=60))
def test_any_text_is_opened_or_refused(text: str) -> None:
    try:
        assert Opener(b"")("passphrase", text) == text
    except BadInput:
        assert text.startswith("$mailward$1$") or text == MASK


def test_a_hostile_file_costs_one_derivation() -> None:
    opener = Opener(b"ours")
    opener("passphrase", SEALED)
    with pytest.raises(NotDecrypted, match="not encrypted together"):
        opener("passphrase", Sealer(b"ours")("passphrase", "x"))
