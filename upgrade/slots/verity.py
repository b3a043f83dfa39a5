"""The hash tree beside a root: how much it covers, and whether root hash and tree belong together.

Superblock and tree as in the kernel's and cryptsetup's documentation of dm-verity, hash type 1: levels from the top
down, each hash over salt and block.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass

from mailward.errors import BadInput

_SUPERBLOCK = struct.Struct("<8sII16s32sIIQH6x256s")
SUPERBLOCK_BYTES = _SUPERBLOCK.size
_BLOCK = 4096  # what systemd-repart makes


class BadTree(BadInput):
    key = "upgrade.slot.verity"
    sentence = "{path} is no hash tree of ours: {problem}"
    remedy = "Build the image again"


@dataclass(frozen=True, slots=True)
class Tree:
    """`data_blocks` of the root are covered."""

    data_blocks: int
    salt: bytes

    @property
    def data_bytes(self) -> int:
        """Of the root; what lies behind is never read."""
        return self.data_blocks * _BLOCK

    @property
    def tree_bytes(self) -> int:
        """Of the hash tree, superblock included."""
        blocks, level = 1, self.data_blocks
        while level > 1:
            level = -(-level // (_BLOCK // 32))
            blocks += level
        return blocks * _BLOCK

    def root_hash(self, top: bytes) -> str:
        """In hex, of the tree's `top` block: the one behind the superblock."""
        return hashlib.sha256(self.salt + top).hexdigest()


def parse(superblock: bytes, path: object = "it") -> Tree:
    """Raises `BadTree`."""
    if len(superblock) < SUPERBLOCK_BYTES:
        raise BadTree(path=path, problem="it is too short")
    magic, version, kind, _uuid, algorithm, data, hashes, blocks, salt_size, salt = _SUPERBLOCK.unpack_from(
        superblock
    )
    if magic != b"verity\0\0" or (version, kind) != (1, 1):
        raise BadTree(path=path, problem="it does not begin as one")
    if algorithm.rstrip(b"\0") != b"sha256" or (data, hashes) != (_BLOCK, _BLOCK):
        raise BadTree(path=path, problem="it is made of other hashes or blocks")
    if salt_size > len(salt) or not 1 < blocks < 1 << 32:
        raise BadTree(path=path, problem="its figures make no sense")
    return Tree(blocks, salt[:salt_size])


def read(content: Callable[[int, int], bytes], root_hash: str, path: object = "it") -> Tree:
    """The tree, whose root hash is this one. `content` answers some bytes from an offset. Raises `BadTree`."""
    tree = parse(content(0, SUPERBLOCK_BYTES), path)
    if tree.root_hash(content(_BLOCK, _BLOCK)) != root_hash:
        raise BadTree(path=path, problem="the kernel image has the root hash of another")
    return tree
