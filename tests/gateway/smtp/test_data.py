import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.smtp.data import BareNewlines, ChunkReader, Content, DataReader

POLICIES = list(BareNewlines)


def read(
    wire: bytes, cuts: list[int], newlines: BareNewlines = BareNewlines.ALLOW, limit: int = 0
) -> tuple[bytes, bytes | None, Content]:
    """Feed `wire` in blocks that end at `cuts`."""
    pieces: list[bytes] = []
    content = Content(pieces.append, limit, newlines)
    reader = DataReader(content)
    edges = [0, *sorted(cut % (len(wire) + 1) for cut in cuts), len(wire)]
    rest: bytes | None = None
    for start, end in itertools.pairwise(edges):
        if rest is not None:
            rest += wire[start:end]
        elif end > start:
            rest = reader.feed(wire[start:end])
    return b"".join(pieces), rest, content


def reference(wire: bytes) -> tuple[bytes, bytes] | None:
    """The plainest reading of RFC 5321 §4.5.2: lines end with CRLF, a lone dot ends the message."""
    lines: list[bytes] = []
    rest = wire
    while True:
        line, separator, rest = rest.partition(b"\r\n")
        if not separator:
            return None
        if line == b".":
            return b"".join(lines), rest
        lines.append((line[1:] if line.startswith(b".") else line) + b"\r\n")


WIRE = st.lists(st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"a", b"\0", b"bc"]), max_size=24).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(WIRE, st.lists(st.integers(0, 60), max_size=8))
def test_any_blocks_read_like_the_plain_reading(wire: bytes, cuts: list[int]) -> None:
    wire += b"\r\n.\r\nQUIT\r\n"
    content, rest, state = read(wire, cuts)
    assert (content, rest) == reference(wire)
    assert state.size == len(content)
    assert state.dotted == (content.startswith(b".") or b"\r\n." in content)


@settings(max_examples=300, deadline=None)
@given(WIRE, st.lists(st.integers(0, 60), max_size=8))
def test_bare_newlines_are_found_wherever_blocks_end(wire: bytes, cuts: list[int]) -> None:
    wire += b"\r\n.\r\n"
    expected = reference(wire)
    assert expected is not None
    body = wire[: len(wire) - len(expected[1])]
    bare = b"\r" in body.replace(b"\r\n", b"") or b"\n" in body.replace(b"\r\n", b"")
    _, _, refused = read(wire, cuts, BareNewlines.REFUSE)
    assert refused.refused == bare
    cleaned, _, state = read(wire, cuts, BareNewlines.CLEAN)
    assert not state.refused
    left = cleaned.replace(b"\r\n", b"")
    assert b"\r" not in left and b"\n" not in left
    if b"\r\n." in cleaned or cleaned.startswith(b"."):
        assert state.dotted


@pytest.mark.parametrize(
    "end",
    [
        b"\n.\n",
        b"\r.\r",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r.\r\n",
        b"\n.\r",
        b"\r.\n",
        b"\r\n\x00.\r\n",
    ],
)
def test_nothing_but_crlf_dot_crlf_ends_a_message(end: bytes) -> None:
    _content, rest, state = read(b"one" + end + b"MAIL FROM:<a@b>", [])
    assert rest is None
    _, rest, state = read(b"one" + end + b"two\r\n.\r\n", [], BareNewlines.REFUSE)
    assert rest == b""
    assert state.refused == (b"\0" not in end)


def test_an_empty_message() -> None:
    assert read(b".\r\n", [])[:2] == (b"", b"")
    assert read(b".\r\n", [1, 2])[:2] == (b"", b"")


def test_past_the_limit_nothing_is_kept_and_the_end_is_still_found() -> None:
    content, rest, state = read(b"x" * 100 + b"\r\n.\r\nNOOP", [10, 50], limit=20)
    assert rest == b"NOOP"
    assert state.too_big
    assert len(content) <= 20


@settings(max_examples=300, deadline=None)
@given(WIRE, st.lists(st.integers(0, 60), max_size=8))
def test_chunks_are_taken_as_they_are(body: bytes, cuts: list[int]) -> None:
    pieces: list[bytes] = []
    content = Content(pieces.append, 0, BareNewlines.REFUSE)
    reader = ChunkReader(content)
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    rest: bytes | None = b""
    for start, end in itertools.pairwise(edges):
        reader.start(end - start)
        rest = reader.feed(body[start:end] + b"next")
        assert rest == b"next"
    reader.finish()
    assert b"".join(pieces) == body
    without = body.replace(b"\r\n", b"")
    assert content.refused == (b"\r" in without or b"\n" in without)
    assert content.dotted == (body.startswith(b".") or b"\r\n." in body)
