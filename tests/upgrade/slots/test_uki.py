import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgrade.slots import uki

HASH = "ab" * 32


def pe(command_line: bytes) -> bytes:
    section = struct.pack("<8sIIII16x", b".cmdline", len(command_line), 0, len(command_line), 256)
    coff = struct.pack("<HHIIIHH", 0, 1, 0, 0, 0, 0, 0)
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0" + coff + section
    return head.ljust(256, b"\0") + command_line


def test_the_root_hash_is_read() -> None:
    assert uki.root_hash(pe(f"console=tty0 roothash={HASH} panic=30".encode())) == HASH


@pytest.mark.parametrize(
    "line", [b"console=tty0", f"roothash={HASH} roothash={HASH}".encode(), b"roothash=ab", b"\xff\xfe"]
)
def test_what_has_not_one_root_hash_is_refused(line: bytes) -> None:
    with pytest.raises(uki.BadKernelImage):
        uki.root_hash(pe(line))


@given(st.binary(max_size=600), st.integers(0, 300))
def test_any_bytes_are_read_or_refused(content: bytes, cut: int) -> None:
    for candidate in (content, pe(content)[:cut], b"MZ" + content):
        with contextlib.suppress(uki.BadKernelImage):
            uki.sections(candidate)
