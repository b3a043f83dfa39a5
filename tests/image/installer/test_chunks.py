import io

from hypothesis import given
from hypothesis import strategies as st

from image.installer import chunks


@given(st.integers(0, 5 * chunks.CHUNK))
def test_the_chunks_of_an_image_are_all_of_it(size: int) -> None:
    found = list(chunks.lengths(size))
    assert sum(found) == size
    assert all(length == chunks.CHUNK for length in found[:-1])


def test_zeros_are_known_at_every_length() -> None:
    for length in (1, 4096, chunks.CHUNK):
        assert chunks.digest(bytes(length)) == chunks.ZERO
        assert chunks.digest(bytes(length - 1) + b"\1") != chunks.ZERO


def test_a_source_that_gives_little_at_a_time_is_read_whole() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 3))

    assert chunks.read_whole(Slow(b"0123456789"), 8) == b"01234567"
    assert chunks.read_whole(Slow(b"01"), 8) == b"01"
