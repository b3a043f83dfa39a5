import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from image.forms import record
from image.forms.record import Record


def test_a_file_is_current_until_it_or_its_inputs_change(tmp_path: Path) -> None:
    file = tmp_path / "a.ova"
    file.write_bytes(b"one")
    entry = Record(tmp_path).put(file, "inputs")
    assert entry.sha256.startswith("7692c3ad")
    assert Record(tmp_path).current(file, "inputs") == entry
    assert Record(tmp_path).current(file, "others") is None
    os.utime(file, (1, 1))
    assert Record(tmp_path).current(file, "inputs") is None
    file.unlink()
    assert Record(tmp_path).current(file, "inputs") is None


def test_a_digest_is_taken_once(tmp_path: Path) -> None:
    file = tmp_path / "a.raw"
    file.write_bytes(b"one")
    first = Record(tmp_path).digest(file)
    facts = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert Record(tmp_path).digest(file) == first, "the same size and time: not read again"


def test_a_record_that_cannot_be_read_is_an_empty_one(tmp_path: Path) -> None:
    file = tmp_path / "a.raw"
    file.write_bytes(b"one")
    for text in ("", "[]", '{"a.raw": {"inputs": ""}}', '{"a.raw": 3}'):
        (tmp_path / record.NAME).write_text(text)
        assert Record(tmp_path).current(file, "") is None


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_other_words_are_another_digest(one: list[str], other: list[str]) -> None:
    assert (record.combine(*one) == record.combine(*other)) == (one == other)
