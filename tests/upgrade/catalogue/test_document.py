import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.errors import Rejected
from mailward.version import Version
from tests.upgrade.releases import any_release, release
from upgrade.catalogue.document import (
    MAX_BYTES,
    BadRelease,
    canonical,
    digest,
    dump_release,
    parse_release,
    parse_signed,
    parse_toml,
)
from upgrade.catalogue.release import Note, NoteKind, Release

EXAMPLE = release(
    Version(14, 2, 3, 31),
    [Version(14, 2, 3, 27)],
    notes=(Note(id="one", kind=NoteKind.FIX, text="größer"),),
)
SMALL = 'format = 1\nversion = "14.2.3"\nbuild = "031"\ndeployment = "MD"\nsources = ["14.2.3-027"]\n'
HARDWARE = {"hardware": {"supported": ["C190"]}}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@given(any_release())
def test_reads_what_it_writes(one: Release) -> None:
    assert parse_release(dump_release(one)) == one


def test_the_bytes_are_these() -> None:
    """Pinned: a signature made by one version must hold in every other."""
    assert dump_release(EXAMPLE).decode() == (
        '{"barrier":null,"build":"031","conditions":[],"dead_end":null,"deployment":"MD","fixed":[],"format":1,'
        '"hardware":{"supported":["C1","C2"],"unsupported":[]},"known":[],"migrations":[],'
        '"notes":[{"id":"one","kind":"fix","text":"größer"}],"sources":["14.2.3-027"],"update":false,'
        '"version":"14.2.3"}'
    )
    assert digest(EXAMPLE) == "sha256:ddba0fa7b4ba02de600bb38841354d8c531f69c743d74ca634a52bbc14a59e72"


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_other_bytes_are_refused(document: bytes) -> None:
    with pytest.raises(BadRelease):
        parse_release(document)


@given(any_release(), st.data())
def test_a_changed_byte_is_refused_or_is_another_release(one: Release, data: st.DataObject) -> None:
    document = bytearray(dump_release(one))
    place = data.draw(st.integers(0, len(document) - 1))
    document[place] ^= data.draw(st.integers(1, 255))
    try:
        read = parse_release(bytes(document))
    except BadRelease:
        return
    assert read != one
    assert dump_release(read) == bytes(document)


def _tables(value: Any) -> list[dict[str, Any]]:
    """Every table in a document, itself included."""
    if isinstance(value, dict):
        return [value, *(table for item in value.values() for table in _tables(item))]
    if isinstance(value, list):
        return [table for item in value for table in _tables(item)]
    return []


@given(any_release(), st.text(min_size=1), st.randoms(use_true_random=False))
def test_an_unknown_key_anywhere_is_refused(one: Release, key: str, chance: random.Random) -> None:
    content = json.loads(dump_release(one))
    table = chance.choice(_tables(content))
    if key in table:
        return
    table[key] = None
    with pytest.raises(BadRelease):
        parse_release(json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


@given(any_release(), st.randoms(use_true_random=False))
def test_a_missing_key_anywhere_is_refused(one: Release, chance: random.Random) -> None:
    """Also one that has a default: the bytes would not be canonical."""
    content = json.loads(dump_release(one))
    table = chance.choice(_tables(content))
    del table[chance.choice(sorted(table))]
    with pytest.raises(BadRelease):
        parse_release(canonical(content))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("deployment", "XD"),
        ("conditions", [{"id": "moon-full", "text": "x", "blocks": True, "models": [], "older_than": None}]),
        ("sources", ["14.2.3-27"]),
        ("sources", ["14.2.3-027", "14.2.1-020"]),
        ("update", 1),
    ],
)
def test_what_this_version_does_not_know_is_refused(key: str, value: object) -> None:
    content = json.loads(dump_release(EXAMPLE)) | {key: value}
    with pytest.raises(BadRelease):
        parse_release(canonical(content))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"update":false', b'"update":false,"update":false'),  # which of the two would be signed?
        (b":", b": "),
        ("ö".encode(), b"\\u00f6"),
        (b"}", b"}\n"),
    ],
)
def test_another_spelling_is_refused(old: bytes, new: bytes) -> None:
    document = dump_release(EXAMPLE)
    with pytest.raises(BadRelease):
        parse_release(document.replace(old, new))


def test_a_document_without_end_is_refused_unread() -> None:
    with pytest.raises(BadRelease, match="larger than"):
        parse_release(b" " * (MAX_BYTES + 1))
    with pytest.raises(BadRelease):
        parse_release(b'{"a":' * 100_000)


def test_a_key_from_outside_cannot_write_on_the_console() -> None:
    with pytest.raises(BadRelease) as caught:
        parse_release(b'{"\\u001b[2J":1}')
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 1000


class Refused(Rejected):
    sentence = "no key of ours signed this"


class OneKey:
    """Trusts the signature `good`."""

    def verify(self, document: bytes, signature: bytes) -> None:
        if signature != b"good":
            raise Refused()


def test_a_signed_document_is_read_only_after_its_signature_holds() -> None:
    assert parse_signed(dump_release(EXAMPLE), b"good", OneKey()) == EXAMPLE
    with pytest.raises(Refused):
        parse_signed(b"not even JSON", b"bad", OneKey())
    with pytest.raises(BadRelease):
        parse_signed(b"not even JSON", b"good", OneKey())


def test_a_file_continues_what_it_shares() -> None:
    shared = {**HARDWARE, "notes": [{"id": "a", "kind": "fix", "text": "one"}]}
    own = '[[notes]]\nid = "b"\nkind = "change"\ntext = "two"\n'
    assert [note.id for note in parse_toml(SMALL + own, shared, name="x").notes] == ["a", "b"]


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ('hardware = { supported = ["C195"] }', "hardware is said in the file"),
        ("colour = 1", "colour: Extra inputs"),
        ("barrier = 2026-11-24", "date"),
        ("= ", "Invalid"),
        ('notes = [{ id = "a", kind = "fix" }]', "notes.0.text: Field required"),
    ],
)
def test_a_file_with_a_mistake_is_refused_by_name(own: str, problem: str) -> None:
    with pytest.raises(BadRelease, match=problem) as caught:
        parse_toml(SMALL + own, HARDWARE, name="some.toml")
    assert "some.toml" in str(caught.value)


@given(st.text())
def test_any_text_is_a_release_or_refused(text: str) -> None:
    with pytest.raises(BadRelease):
        parse_toml(text, HARDWARE, name="x")
