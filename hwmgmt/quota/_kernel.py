"""The kernel's quota interface. Everything foreign is in this module; the rest of the house sees Python
values.

- FS_IOC_FSGETXATTR and FS_IOC_FSSETXATTR (ioctl_fs(2), linux/fs.h): a file's project and whether what is made
  in a folder inherits it. ext4 and XFS share them.
- quotactl_fd(2), Linux 5.14: limits and use of a project on the file system of an open file. The generic
  commands Q_GETQUOTA and Q_SETQUOTA work on both (fs/quota/quota.c converts for XFS), so the XFS ones are not
  needed.

Every failing call raises OSError with the kernel's errno.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
from dataclasses import dataclass

# struct fsxattr: xflags, extsize, nextents, projid, cowextsize, 8 bytes of padding; 28 bytes.
_FSXATTR = struct.Struct("=5I8x")
_FSGETXATTR = 0x801C581F
_FSSETXATTR = 0x401C5820
PROJECT_INHERIT = 0x200

# The same number on all architectures: it came after their system call tables were joined.
_SYS_QUOTACTL_FD = 443
_PROJECT = 2
_Q_GETQUOTA = 0x800007
_Q_SETQUOTA = 0x800008

# Limits in struct if_dqblk count in these whatever the file system's block is.
LIMIT_BLOCK = 1024
_QIF_BLIMITS = 1


class _Dqblk(ctypes.Structure):
    """struct if_dqblk of linux/quota.h. Limits are in 1 KiB blocks, `curspace` in bytes."""

    _fields_ = (
        ("bhardlimit", ctypes.c_uint64),
        ("bsoftlimit", ctypes.c_uint64),
        ("curspace", ctypes.c_uint64),
        ("ihardlimit", ctypes.c_uint64),
        ("isoftlimit", ctypes.c_uint64),
        ("curinodes", ctypes.c_uint64),
        ("btime", ctypes.c_uint64),
        ("itime", ctypes.c_uint64),
        ("valid", ctypes.c_uint32),
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard limit and use in bytes, and the number of files. A limit of 0 is none."""

    limit: int
    used: int
    files: int


@dataclass(frozen=True, slots=True)
class Tag:
    """A file's project, and whether what is made in this folder has it too."""

    project: int
    inherit: bool


def get_tag(descriptor: int) -> Tag:
    buffer = bytearray(_FSXATTR.size)
    fcntl.ioctl(descriptor, _FSGETXATTR, buffer)
    flags, _, _, project, _ = _FSXATTR.unpack(buffer)
    return Tag(project, bool(flags & PROJECT_INHERIT))


def set_tag(descriptor: int, tag: Tag) -> None:
    """Set the project and the inherit flag; every other attribute keeps its value."""
    buffer = bytearray(_FSXATTR.size)
    fcntl.ioctl(descriptor, _FSGETXATTR, buffer)
    flags, extent, extents, _, cow = _FSXATTR.unpack(buffer)
    flags = flags | PROJECT_INHERIT if tag.inherit else flags & ~PROJECT_INHERIT
    fcntl.ioctl(descriptor, _FSSETXATTR, _FSXATTR.pack(flags, extent, extents, tag.project, cow))


def _checked(result: int) -> int:
    """The result of a call into libc; -1 becomes the OSError of the errno it left."""
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _quotactl(descriptor: int, command: int, project: int, block: _Dqblk) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    _checked(
        libc.syscall(
            ctypes.c_long(_SYS_QUOTACTL_FD),
            ctypes.c_uint(descriptor),
            ctypes.c_uint((command << 8) | _PROJECT),
            ctypes.c_uint(project),
            ctypes.byref(block),
        )
    )


def get_limits(descriptor: int, project: int) -> Limits:
    """Limit and use of a project on the file system of `descriptor`. Takes CAP_SYS_ADMIN."""
    block = _Dqblk()
    _quotactl(descriptor, _Q_GETQUOTA, project, block)
    return Limits(block.bhardlimit * LIMIT_BLOCK, block.curspace, block.curinodes)


def set_limit(descriptor: int, project: int, limit: int) -> None:
    """Set the hard limit in bytes, rounded up to 1 KiB; 0 takes it away. Takes CAP_SYS_ADMIN.

    The soft limit is the same: statvfs() in a project's folder reports the soft limit as the size of the
    disk, so that `df` tells an area's true state, and no grace period ever runs.
    """
    blocks = -(-limit // LIMIT_BLOCK)
    block = _Dqblk(bhardlimit=blocks, bsoftlimit=blocks, valid=_QIF_BLIMITS)
    _quotactl(descriptor, _Q_SETQUOTA, project, block)
