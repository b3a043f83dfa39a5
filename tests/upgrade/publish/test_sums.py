import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgrade.publish import sums

NAMES = st.from_regex(sums.FILE_NAME, fullmatch=True)
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(st.dictionaries(NAMES, HASHES, min_size=1, max_size=20))
def test_what_is_written_is_read(listed: dict[str, str]) -> None:
    assert sums.parse(sums.dump(listed)) == listed


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_what_is_read_has_one_spelling(content: bytes) -> None:
    try:
        listed = sums.parse(content)
    except sums.BadSums:
        return
    assert sorted(sums.dump(listed).splitlines()) == sorted(content.splitlines())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "begins a list of 0 files"),
        (b"0" * 64 + b"  a", "line 1 has no end"),
        (b"0" * 64 + b"  ../a\n", "line 1 is not"),
        (b"0" * 64 + b"  .hidden\n", "line 1 is not"),
        (b"0" * 64 + b"  --option\n", "line 1 is not"),
        (b"0" * 63 + b"  a\n", "line 1 is not"),
        ((b"0" * 64 + b"  a\n") * 2, "line 2 names a a second time"),
        (b"0" * 64 + b"  \xc3\xa4\n", "no ASCII"),
        (b"x" * 70000, "more than 65536 bytes"),
    ],
)
def test_what_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(sums.BadSums, match=problem):
        sums.parse(content)


def test_a_files_sum(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 1000)
    assert sums.of_file(tmp_path / "a") == hashlib.sha256(b"abc" * 1000).hexdigest()
