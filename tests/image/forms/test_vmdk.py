import contextlib
import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.forms.vmdk import BadVmdk, read_header, stamp_cid

TEXT = """# Disk DescriptorFile
version=1
CID={cid}
parentCID=ffffffff
createType="streamOptimized"

RW 2048 SPARSE "name.vmdk"

ddb.virtualHWVersion = "15"
ddb.adapterType = "lsilogic"
"""


def sparse(text: str, *, version: int = 3, sectors: int = 4) -> bytes:
    head = struct.pack("<4sIIQQQQ", b"KDMV", version, 3, 2048, 128, 1, sectors).ljust(512, b"\0")
    return head + text.encode().ljust(sectors * 512, b"\0") + b"data"


def test_the_header_and_the_descriptor_are_read() -> None:
    data = b"before" + sparse(TEXT.format(cid="12345678"))
    header = read_header(io.BytesIO(data), 6, len(data) - 6, name="x")
    assert (header.version, header.capacity, header.extent) == (3, 1 << 20, "name.vmdk")
    assert (header.adapter, header.hardware, header.kind) == ("lsilogic", "15", "streamOptimized")


def test_the_content_id_depends_on_all_but_itself(tmp_path: Path) -> None:
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    one.write_bytes(sparse(TEXT.format(cid="11111111")))
    two.write_bytes(sparse(TEXT.format(cid="22222")))  # QEMU leaves leading zeros out
    other.write_bytes(sparse(TEXT.format(cid="11111111")) + b"!")
    assert stamp_cid(one) == stamp_cid(two) != stamp_cid(other)
    assert one.read_bytes() == two.read_bytes()
    assert b"parentCID=ffffffff" in one.read_bytes()


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "does not begin"),
        (b"QFI\xfb" + bytes(600), "does not begin"),
        (sparse("")[:512], "descriptor is not where"),
        (sparse("")[:700], "descriptor is not where"),
    ],
)
def test_what_is_no_vmdk_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(BadVmdk, match=problem):
        read_header(io.BytesIO(data), 0, len(data), name="x")


def test_a_disk_without_content_id_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(sparse("createType=x"))
    with pytest.raises(BadVmdk, match="no CID"):
        stamp_cid(tmp_path / "x")


@given(st.binary(max_size=2000), st.booleans())
def test_anything_is_read_or_refused(tail: bytes, magic: bool) -> None:
    data = b"KDMV" * magic + tail
    with contextlib.suppress(BadVmdk):
        read_header(io.BytesIO(data), 0, len(data), name="x")


def test_a_descriptor_without_room_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(sparse("CID=1\n".ljust(2048, "x")))
    with pytest.raises(BadVmdk, match="no room"):
        stamp_cid(tmp_path / "x")
