import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.installer import pe


def uki(sections: dict[str, bytes]) -> bytes:
    """The least of a PE file: headers and sections, each padded to 512 bytes."""
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, 0, 0)
    place, table, body = 1024, b"", b""
    for name, content in sections.items():
        padded = content.ljust(-(-len(content) // 512) * 512, b"\0")
        table += struct.pack("<8sIIII16x", name.encode(), len(content), 0, len(padded), place + len(body))
        body += padded
    return (head + table).ljust(place, b"\0") + body


def test_sections_have_their_real_length() -> None:
    content = uki({".linux": b"kernel", ".initrd": b"x" * 700})
    assert pe.sections(content, name="a.efi") == {".linux": b"kernel", ".initrd": b"x" * 700}
    assert pe.need(content, (".linux",), name="a.efi") == {".linux": b"kernel"}


def test_a_section_that_is_missing_is_named() -> None:
    with pytest.raises(pe.BadUki, match=r"has no section \.uname"):
        pe.need(uki({".linux": b"kernel"}), (".linux", ".uname"), name="a.efi")


def test_a_file_that_is_cut_off_is_refused() -> None:
    content = uki({".linux": b"kernel" * 100})
    with pytest.raises(pe.BadUki, match="a section is cut off"):
        pe.sections(content[:-600], name="a.efi")


@given(st.binary(max_size=300))
def test_what_is_no_pe_file_is_refused_in_words(content: bytes) -> None:
    for file in (content, b"MZ".ljust(60, b"\0") + content, uki({})[:64] + content):
        with contextlib.suppress(pe.BadUki):
            pe.sections(file, name="a.efi")
