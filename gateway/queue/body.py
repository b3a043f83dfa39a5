"""Content on its way in: in memory while it is small, in a file as soon as it is not."""

from __future__ import annotations

import os
from pathlib import Path

INLINE = 256 << 10  # octets; up to here content lives in the database
HEAD = 64 << 10  # octets of which headers are looked for


class BodyWriter:
    """Collects one message's content.

    A file is named by the MID and has no row yet, so a crash leaves nothing but an orphan that the next start
    removes. OSErrors of the disk are kept in `error` until the end of the message: the client may not be
    answered before that.
    """

    __slots__ = ("_fd", "_inline", "_path", "_pieces", "error", "held", "size")

    def __init__(self, path: Path, *, inline: int = INLINE) -> None:
        self._path = path
        self._inline = inline
        self._pieces: list[bytes] = []
        self._fd = -1
        self.size = 0
        self.held = 0  # octets in memory
        self.error: OSError | None = None

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.error is not None:
            return
        if self._fd >= 0:
            self._write(piece)
            return
        self._pieces.append(piece)
        self.held += len(piece)
        if self.held > self._inline:
            self._spill()

    def head(self) -> bytes:
        """The first octets of the content, with all headers of any sane message."""
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)[:HEAD]

    def finish(self) -> tuple[bytes | Path, tuple[int, ...]]:
        """The body for `Message.body`, and descriptors that have to be synced. Raises OSError kept from
        writing.
        """
        if self.error is not None:
            self.abort()
            raise self.error
        if self._fd < 0:
            return b"".join(self._pieces), ()
        fd, self._fd = self._fd, -1
        return self._path, (fd,)

    def abort(self) -> None:
        """Forget everything, the file too."""
        self._pieces = []
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            self._path.unlink(missing_ok=True)

    def _spill(self) -> None:
        whole = b"".join(self._pieces)
        try:
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        except OSError as error:
            self.error = error
        else:
            self._write(whole)
        self._pieces = [whole[:HEAD]]
        self.held = len(self._pieces[0])

    def _write(self, piece: bytes) -> None:
        view = memoryview(piece)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            self.error = error
