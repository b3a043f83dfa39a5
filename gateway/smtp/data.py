"""Readers of message content: DATA ends with CRLF.CRLF and with nothing else; BDAT ends by count.

Both work on blocks as they come from the socket: a 5 MB message is searched, counted and handed on in a few
calls into C instead of 60,000 lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

import re2

END = b"\r\n.\r\n"
_octets = re2.Options()
_octets.encoding = re2.Options.Encoding.LATIN1
_octets.never_capture = True
# What needs a second look, found in one pass: a line that begins with a dot (maybe the end), a CR or
# LF that stands alone. Mail is mostly without, and one pass costs half of searching and counting.
_search = re2.compile(rb"\r\n\.|\r[^\n]|[^\r]\n", _octets).search
_NEEDS_CONTEXT = (b".", b"\n")  # means something else behind a CRLF, or a CR, that was handed on already
_ANY_NEWLINE = re.compile(rb"\r\n|\r|\n")


class BareNewlines(StrEnum):
    """What happens to a CR or LF that stands alone (RFC 5321 §2.3.8 forbids both)."""

    REFUSE = "refuse"
    CLEAN = "clean"
    ALLOW = "allow"


class Content:
    """Takes pieces of content whose borders never split a CRLF, and hands them to `sink`.

    Attributes:
        size: octets of content so far, after unstuffing.
        too_big: `size` went over `limit`; nothing more reaches the sink.
        bare: a CR or LF stood alone (always False under `BareNewlines.ALLOW`).
        dotted: some line begins with a dot, so a relay has to stuff it.
    """

    __slots__ = ("_newlines", "_sink", "bare", "dotted", "limit", "size", "too_big")

    def __init__(
        self, sink: Callable[[bytes], None], limit: int = 0, newlines: BareNewlines = BareNewlines.REFUSE
    ) -> None:
        self._sink = sink
        self._newlines = newlines
        self.limit = limit
        self.size = 0
        self.too_big = False
        self.bare = False
        self.dotted = False

    def add(self, piece: bytes, raw: bytes) -> None:
        """Take `piece`, which is `raw` without dot stuffing."""
        if self._newlines is not BareNewlines.ALLOW:
            pairs = raw.count(b"\r\n")
            if raw.count(b"\n") != pairs or raw.count(b"\r") != pairs:
                self.bare = True
                if self._newlines is BareNewlines.CLEAN:
                    piece = _ANY_NEWLINE.sub(b"\r\n", piece)
                    self.dotted = True  # maybe: the end of the last piece counts, and stuffing does no harm
        self.take(piece)

    def take(self, piece: bytes) -> None:
        """Take a piece that is known to have neither bare newlines nor lines that begin with a dot."""
        self.size += len(piece)
        if self.limit and self.size > self.limit:
            self.too_big = True
        elif piece:
            self._sink(piece)

    @property
    def refused(self) -> bool:
        """True when bare CR or LF was found and the policy is to refuse it."""
        return self.bare and self._newlines is BareNewlines.REFUSE


class DataReader:
    """The octets after 354, up to CRLF.CRLF (RFC 5321 §4.1.1.4), dot stuffing removed (§4.5.2).

    Up to five octets are held back between blocks, so that neither the end mark nor a stuffed dot is missed
    when a block border falls into it.
    """

    __slots__ = ("_at_start", "_carry", "_first", "_fresh_line", "content")

    def __init__(self, content: Content) -> None:
        self.content = content
        # The line before the first one ended: a dot may come at once.
        self._carry = b"\r\n"
        self._first = True
        self._at_start = False  # what was taken off the wire ends with CRLF
        self._fresh_line = True  # what was handed on does

    def feed(self, block: bytes) -> bytes | None:
        """Take a block. None while the message goes on; else what follows the end mark (maybe nothing)."""
        data = self._carry + block
        if data[:1] in _NEEDS_CONTEXT:
            return self._careful(data)
        found = _search(data)
        if found is None:
            self._plain(data)
            return None
        end = found.start()
        if data[end : end + 5] == END:
            self._pass_on(data[: end + 2])
            return data[end + 5 :]
        return self._careful(data)

    def _plain(self, data: bytes) -> None:
        """Nothing special in `data`, unless it begins in the last two octets."""
        cut = len(data) - 2
        if cut > 0 and data[cut - 1] == 0x0D:
            cut -= 1
        if cut < 2:
            self._carry = data
            return
        self._pass_on(data[:cut])
        self._carry = data[cut:]

    def _pass_on(self, data: bytes) -> None:
        piece = data
        if self._first:
            self._first = False
            piece = piece[2:]
        self._at_start = self._fresh_line = data.endswith(b"\r\n")
        self.content.take(piece)

    def _careful(self, data: bytes) -> bytes | None:
        """The same with dots to remove and bare newlines to count."""
        end = data.find(END)
        if end >= 0:
            self._emit(data[: end + 2])
            return data[end + 5 :]
        cut = len(data) - 4
        if cut > 0 and data[cut - 1] == 0x0D:
            cut -= 1
        if cut >= 2:
            self._emit(data[:cut])
            self._carry = data[cut:]
        else:
            self._carry = data
        return None

    def _emit(self, raw: bytes) -> None:
        content = self.content
        piece = raw
        if self._at_start and piece[:1] == b".":
            piece = piece[1:]
        if b"\r\n." in piece:
            piece = piece.replace(b"\r\n.", b"\r\n")
            content.dotted = content.dotted or b"\r\n." in piece
        self._at_start = raw.endswith(b"\r\n")
        if self._first:
            self._first = False
            piece = piece[2:]
        if self._fresh_line and piece[:1] == b".":
            content.dotted = True
        if piece:
            self._fresh_line = piece.endswith(b"\r\n")
        content.add(piece, raw)


class ChunkReader:
    """The octets of one or several BDAT chunks (RFC 3030): counted, never stuffed."""

    __slots__ = ("_carry", "_tail", "content", "left")

    def __init__(self, content: Content) -> None:
        self.content = content
        self.left = 0
        self._carry = b""
        self._tail = b"\r\n"

    def start(self, octets: int) -> None:
        """The next chunk has this many octets."""
        self.left = octets

    def feed(self, block: bytes) -> bytes | None:
        """Take a block. None while the chunk goes on; else what follows it."""
        if len(block) < self.left:
            self.left -= len(block)
            self._emit(block)
            return None
        mine, rest = block[: self.left], block[self.left :]
        self.left = 0
        self._emit(mine)
        return rest

    def finish(self) -> None:
        """No further chunk: what was held back goes out."""
        if self._carry:
            carry, self._carry = self._carry, b""
            self.content.add(carry, carry)

    def _emit(self, block: bytes) -> None:
        data = self._carry + block
        if data.endswith(b"\r"):
            data, self._carry = data[:-1], b"\r"
        else:
            self._carry = b""
        if not data:
            return
        if not self.content.dotted and b"\r\n." in self._tail + data:
            self.content.dotted = True
        self._tail = (self._tail + data)[-2:]
        self.content.add(data, data)
