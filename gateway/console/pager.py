"""Output a page at a time, as on the incumbent: `-Press Any Key For More-`."""

from __future__ import annotations

from collections.abc import Callable

MORE = "-Press Any Key For More-"
LEAVE = ("q", "Q", "\x03", "\x04", "")


class Pager:
    """Counts the lines a command prints, and waits for a key when the screen is full.

    `size` answers columns and lines of the screen; `key` waits for one key (empty: the other end is gone).
    """

    def __init__(
        self,
        write: Callable[[str], None],
        size: Callable[[], tuple[int, int]],
        key: Callable[[], str],
    ) -> None:
        self._write = write
        self._size = size
        self._key = key
        self._lines = 0
        self._left = False
        self.paging = True

    def start(self, *, paging: bool = True) -> None:
        """A new command begins, or a person typed something: the screen is theirs again."""
        self._lines = 0
        self._left = False
        self.paging = paging

    def write(self, text: str) -> None:
        """Print, waiting where the screen is full; after `q` the rest of this command's output is dropped."""
        if not self.paging:
            self._write(text)
            return
        if self._left:
            return
        for line in text.splitlines(keepends=True):
            columns, rows = self._size()
            needed = 1 + max(0, len(line.rstrip("\n")) - 1) // max(columns, 1)
            if self._lines and self._lines + needed > max(rows - 1, 1) and not self._more():
                self._left = True
                return
            self._write(line)
            self._lines += needed if line.endswith("\n") else 0

    def _more(self) -> bool:
        self._write(MORE)
        key = self._key()
        self._write("\r" + " " * len(MORE) + "\r")
        self._lines = 0
        return key not in LEAVE
