"""Places that have releases: a folder, or a web server. Both are asked for small files whole, for large ones from
some byte on."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from mailward.errors import BadInput, Failed

BLOCK = 1 << 20
SECONDS = 30  # that a server may be silent


class SourceFailed(Failed):
    key = "upgrade.fetch.source"
    sentence = "{place} cannot be read: {problem}"
    remedy = "Check the address and the network or medium, then do the same again: what was fetched is kept"


class NotThere(Failed):
    """The place answers, and has no such file."""

    key = "upgrade.fetch.not-there"
    sentence = "{place} is not there"
    remedy = (
        "Check the address; it must be a folder of `mailward release make`, or of several with their list"
    )


class BadSource(BadInput):
    key = "upgrade.fetch.bad-source"
    sentence = "{text!r} is no place releases come from"
    remedy = "Give a folder, an address that begins with https:// or http://, or the word usb"


class Source(Protocol):
    """Where files are. Each call raises `NotThere` or `SourceFailed`."""

    name: str

    def small(self, path: str, most: int) -> bytes:
        """A whole file of at most `most` bytes."""

    def size(self, path: str) -> int:
        """Bytes of a file; 0 if the place does not say."""

    def blocks(self, path: str, start: int) -> AbstractContextManager[tuple[int, Iterator[bytes]]]:
        """Where the blocks begin (`start`, or 0 where the place cannot do that), and the blocks."""


class FolderSource:
    def __init__(self, top: Path) -> None:
        self.name = str(top)
        self._top = top

    def small(self, path: str, most: int) -> bytes:
        with self._open(path) as file:
            return limited(file.read(most + 1), most, f"{self.name}/{path}")

    def size(self, path: str) -> int:
        with self._open(path) as file:
            return file.seek(0, 2)

    @contextmanager
    def blocks(self, path: str, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
        with self._open(path) as file:
            file.seek(start)
            yield start, _read(file, f"{self.name}/{path}")

    def _open(self, path: str) -> BinaryIO:
        try:
            return (self._top / path).open("rb")
        except FileNotFoundError as error:
            raise NotThere(place=self._top / path) from error
        except OSError as error:
            raise SourceFailed(place=self._top / path, problem=error.strerror) from error


class WebSource:
    """A web server; certificates are checked against `context`."""

    def __init__(self, url: str, context: ssl.SSLContext | None = None) -> None:
        self.name = url.rstrip("/")
        self._context = context or ssl.create_default_context()

    def small(self, path: str, most: int) -> bytes:
        with self._get(path) as answer:
            content = b"".join(_read(answer, f"{self.name}/{path}", most + 1))
        return limited(content, most, f"{self.name}/{path}")

    def size(self, path: str) -> int:
        with self._get(path, method="HEAD") as answer:
            return int(answer.headers.get("Content-Length") or 0)

    @contextmanager
    def blocks(self, path: str, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
        try:
            with self._get(path, start) as answer:
                yield start if answer.status == 206 else 0, _read(answer, f"{self.name}/{path}")
        except _NothingMore:
            yield start, iter(())

    @contextmanager
    def _get(self, path: str, start: int = 0, method: str = "GET") -> Iterator[http.client.HTTPResponse]:
        place = f"{self.name}/{urllib.parse.quote(path)}"
        request = urllib.request.Request(place, headers={"User-Agent": "mailward"}, method=method)
        if start:
            request.add_header("Range", f"bytes={start}-")
        try:
            answer = urllib.request.urlopen(request, timeout=SECONDS, context=self._context)
        except urllib.error.HTTPError as error:
            with closing(error):
                if error.code == 416 and start:
                    raise _NothingMore from error
                if error.code in (404, 410):
                    raise NotThere(place=place) from error
                raise SourceFailed(
                    place=place, problem=f"the server answers {error.code} {error.reason}"
                ) from error
        except urllib.error.URLError as error:
            reason = error.reason
            problem = getattr(reason, "strerror", None) or str(reason)
            raise SourceFailed(place=place, problem=problem) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceFailed(place=place, problem=str(error) or type(error).__name__) from error
        with answer:
            yield answer


class _NothingMore(Exception):
    """The server says there is nothing from that byte on (RFC 9110 section 15.5.17): all is here."""


def _read(file: BinaryIO | http.client.HTTPResponse, place: str, most: int | None = None) -> Iterator[bytes]:
    left = most
    while left is None or left > 0:
        try:
            block = file.read(BLOCK if left is None else min(BLOCK, left))
        except (OSError, http.client.HTTPException) as error:
            raise SourceFailed(place=place, problem=str(error) or type(error).__name__) from error
        if not block:
            return
        left = None if left is None else left - len(block)
        yield block


def limited(content: bytes, most: int, place: str) -> bytes:
    """Raises `SourceFailed` if it is larger than it may be."""
    if len(content) > most:
        raise SourceFailed(place=place, problem=f"it has more than {most} bytes")
    return content


def below(source: Source, folder: str) -> Source:
    """The same place, one folder down."""
    return _Below(source, folder)


class _Below:
    def __init__(self, source: Source, folder: str) -> None:
        self.name = f"{source.name}/{folder}"
        self._source, self._folder = source, folder

    def small(self, path: str, most: int) -> bytes:
        return self._source.small(f"{self._folder}/{path}", most)

    def size(self, path: str) -> int:
        return self._source.size(f"{self._folder}/{path}")

    def blocks(self, path: str, start: int) -> AbstractContextManager[tuple[int, Iterator[bytes]]]:
        return self._source.blocks(f"{self._folder}/{path}", start)


def of(text: str) -> Source:
    """The place somebody named. Raises `BadSource`; ``usb`` is `upgrade.fetch.usb`'s."""
    if text.startswith(("http://", "https://")):
        return WebSource(text)
    path = Path(text.removeprefix("file://"))
    if not path.is_absolute():
        raise BadSource(text=text)
    return FolderSource(path)
