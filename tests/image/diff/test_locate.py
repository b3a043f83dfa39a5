import io
import struct
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.diff.disk import NoRoot, Partition, partitions, root_of
from image.diff.locate import first_difference, where


def gpt(names: dict[str, tuple[int, int]]) -> bytes:
    """A disk with a primary table only. names: label -> first and last LBA."""
    header = struct.pack("<8s64xQII", b"EFI PART", 2, 128, 128).ljust(512, b"\0")
    table = b"".join(
        struct.pack("<16s16sQQQ72s", b"t" * 16, b"u" * 16, first, last, 0, label.encode("utf-16-le"))
        for label, (first, last) in names.items()
    )
    return bytes(512) + header + table.ljust(128 * 128, b"\0") + bytes(512 * 100)


def pe() -> bytes:
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    coff = struct.pack("<4sHH12xH2x", b"PE\0\0", 0x8664, 2, 0)
    sections = b"".join(
        struct.pack("<8sIIII16x", name, 16, 0, 16, at) for name, at in ((b".cmdline", 256), (b".linux", 272))
    )
    return (head + coff + sections).ljust(256, b"\0") + b"c" * 16 + b"l" * 16


def difference(tmp_path: Path, one: bytes, other: bytes) -> str | None:
    (tmp_path / "a").write_bytes(one)
    (tmp_path / "b").write_bytes(other)
    place = first_difference(tmp_path / "a", tmp_path / "b")
    return f"{place.offset} {place.differing} {place.where}" if place else None


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("content", "at", "said"),
    [
        (gpt({"esp": (40, 49), "mailward_1": (50, 60)}), 50 * 512 + 7, "byte 7 of partition mailward_1"),
        (gpt({"esp": (40, 49)}), 1100, "byte 1,100, in the partition table"),
        (gpt({"esp": (40, 49)}), 60 * 512, "byte 30,720, behind the partitions"),
        (pe(), 272, "byte 0 of section .linux"),
        (pe(), 258, "byte 2 of section .cmdline"),
        (pe(), 0x45, "byte 69, in the headers of a PE file"),
        (b'{\n "version": 1\n}', 14, 'line 2: "version": 1'),
        (b"\0" * 20 + b"x", 20, "byte 20"),
    ],
)
def test_the_first_difference_is_named(tmp_path: Path, content: bytes, at: int, said: str) -> None:
    assert difference(tmp_path, content, flipped(content, at)) == f"{at} 1 {said}"


def test_the_same_bytes_have_no_difference(tmp_path: Path) -> None:
    assert difference(tmp_path, pe(), pe()) is None


def test_a_file_that_goes_on_differs_from_there(tmp_path: Path) -> None:
    assert difference(tmp_path, b"\0abc", b"\0abcde") == "4 2 byte 4"


def test_partitions_come_by_their_place() -> None:
    disk = gpt({"second": (50, 60), "first": (40, 49)})
    assert partitions(io.BytesIO(disk)) == [
        Partition("first", 40 * 512, 10 * 512),
        Partition("second", 50 * 512, 11 * 512),
    ]


def test_a_root_is_taken_out_of_its_slot(tmp_path: Path) -> None:
    erofs = struct.pack("<I8xB23xI", 0xE0F5E1E2, 12, 1)
    disk = bytearray(gpt({"esp": (40, 49), "mailward_14.2.3-031": (50, 60)}))
    disk[50 * 512 + 1024 : 50 * 512 + 1024 + len(erofs)] = erofs
    (tmp_path / "disk.raw").write_bytes(disk)
    root, version = root_of(tmp_path / "disk.raw", tmp_path)
    assert version == "14.2.3-031"
    assert root.stat().st_size == 11 * 512
    assert root_of(root, tmp_path) == (root, "")
    (tmp_path / "disk.raw").write_bytes(gpt({"esp": (40, 49)}))
    with pytest.raises(NoRoot):
        root_of(tmp_path / "disk.raw", tmp_path)


@given(st.binary(max_size=700), st.integers(0, 800))
def test_any_file_has_a_place(content: bytes, offset: int) -> None:
    for start in (b"", b"MZ", bytes(512) + b"EFI PART"):
        assert where(io.BytesIO(start + content), offset)


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_the_place_is_where_they_part(one: bytes, other: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        a, b = Path(folder) / "a", Path(folder) / "b"
        a.write_bytes(one)
        b.write_bytes(other)
        place = first_difference(a, b)
    assert (place is None) == (one == other)
    if place:
        assert one[: place.offset] == other[: place.offset]
        assert one[: place.offset + 1] != other[: place.offset + 1]
