import ctypes
import errno
import fcntl
import os
import struct
from pathlib import Path

import pytest

from hwmgmt.quota import _kernel


def test_the_structures_have_the_kernels_sizes() -> None:
    """linux/fs.h struct fsxattr, linux/quota.h struct if_dqblk; the ioctl numbers carry the former's size."""
    assert _kernel._FSXATTR.size == 28
    assert (_kernel._FSGETXATTR >> 16) & 0x3FFF == 28
    assert (_kernel._FSSETXATTR >> 16) & 0x3FFF == 28
    assert ctypes.sizeof(_kernel._Dqblk) == struct.calcsize("=8QI4x")


def test_an_error_of_the_kernel_arrives_with_its_number(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    os.close(descriptor)
    with pytest.raises(OSError, match=r".") as caught:
        _kernel.get_limits(descriptor, 1)
    assert caught.value.errno in (errno.EBADF, errno.ENOSYS)


def test_a_tag_keeps_the_other_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def ioctl(descriptor: int, request: int, buffer: bytearray | bytes) -> None:
        if request == _kernel._FSGETXATTR:
            assert isinstance(buffer, bytearray)
            buffer[:] = struct.pack("=5I8x", 0x40, 4096, 3, 0, 7)
        else:
            written.append(struct.unpack("=5I8x", buffer))

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    _kernel.set_tag(3, _kernel.Tag(105, inherit=True))
    _kernel.set_tag(3, _kernel.Tag(105, inherit=False))
    assert written == [(0x240, 4096, 3, 105, 7), (0x40, 4096, 3, 105, 7)]


def test_limits_are_rounded_up_to_the_kernels_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def quotactl(descriptor: int, command: int, project: int, block: _kernel._Dqblk) -> None:
        seen.append((command, project, block.bhardlimit, block.bsoftlimit, block.valid))

    monkeypatch.setattr(_kernel, "_quotactl", quotactl)
    _kernel.set_limit(3, 101, 10 * 2**30)
    _kernel.set_limit(3, 101, 1)
    _kernel.set_limit(3, 101, 0)
    assert seen == [(0x800008, 101, blocks, blocks, 1) for blocks in (10 * 2**20, 1, 0)]
