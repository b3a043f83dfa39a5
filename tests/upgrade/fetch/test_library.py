"""Fetching from a folder and from a web server that breaks off (U4)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from mailward.errors import MailwardError
from tests.upgrade.slots.model import KEY, NEW, OLD, published
from upgrade.fetch.library import Library, NotOffered
from upgrade.fetch.source import BadSource, NotThere, SourceFailed
from upgrade.publish import index, layout
from upgrade.publish.keys import NotSigned
from upgrade.publish.sums import FileDiffers
from upgrade.slots.protocol import Fetcher


class Server(SimpleHTTPRequestHandler):
    """A plain web server that knows ranges, as all do but Python's; `limit`: bytes until it hangs up."""

    limit: ClassVar[int | None] = None
    ranges: ClassVar[bool] = True
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.asked.append((self.path.rsplit("/", 1)[-1], wanted))
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content, start = path.read_bytes(), 0
        if wanted and self.ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = (
            start + self.limit if self.limit is not None and path.suffix in (".zst", ".efi") else len(content)
        )
        self.wfile.write(content[start:end])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def top(tmp_path: Path) -> Path:
    place = tmp_path / "www"
    for version in (OLD, NEW):
        published(version, place)
    index.write(place, index.survey(place, KEY.trusted()), KEY)
    return place


@pytest.fixture
def url(top: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in (("limit", None), ("ranges", True), ("asked", [])):
        monkeypatch.setattr(Server, name, value)
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *rest: Server(*rest, directory=str(top)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def library(tmp_path: Path) -> Fetcher:
    return Library(KEY.trusted(), tmp_path / "downloads")


def quiet(what: str, done: int, total: int) -> None:
    assert 0 <= done <= total


def test_from_a_folder_and_from_a_web_server(top: Path, url: str, library: Fetcher) -> None:
    for source in (str(top), f"file://{top}", url, f"{url}/"):
        assert [offer.version for offer in library.list(source)] == [OLD, NEW]
        release = library.fetch(source, NEW, quiet)
        assert release.version == NEW
        assert {path.name for path in release.folder.iterdir()} == {
            path.name for path in (top / str(NEW)).iterdir()
        }
        assert [one.version for one in library.fetched()] == [NEW]
        assert library.list(source)[1].complete
        library.delete(NEW)
        assert library.fetched() == ()
    library.delete(NEW)


def test_the_folder_of_one_release(top: Path, url: str, library: Fetcher) -> None:
    for source in (str(top / str(NEW)), f"{url}/{NEW}"):
        assert [offer.version for offer in library.list(source)] == [NEW]
        library.fetch(source, NEW, quiet)
        with pytest.raises(NotOffered, match="does not have 14"):
            library.fetch(source, OLD, quiet)


def test_what_was_fetched_before_the_line_broke_is_not_asked_for_again(
    url: str, library: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "limit", 40)
    for _ in range(20):
        try:
            library.fetch(url, NEW, quiet)
            break
        except SourceFailed:
            assert library.fetched() == (), "half a release is not one"
    else:
        pytest.fail("it never went on")
    ranges = [wanted for name, wanted in Server.asked if name.endswith(".zst") and wanted]
    assert len(ranges) >= 2
    assert len(set(ranges)) > 1


def test_a_server_without_ranges_is_asked_from_the_beginning(
    url: str, library: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "limit", 40)
    with pytest.raises(SourceFailed):
        library.fetch(url, NEW, quiet)
    monkeypatch.setattr(Server, "limit", None)
    monkeypatch.setattr(Server, "ranges", False)
    library.fetch(url, NEW, quiet)


def test_cancelled_is_gone_on_with(url: str, library: Fetcher) -> None:
    class Cancelled(Exception):
        pass

    def stop(what: str, done: int, total: int) -> None:
        if what.endswith(".efi"):
            raise Cancelled

    with pytest.raises(Cancelled):
        library.fetch(url, NEW, stop)
    assert library.list(url)[1].fetched > 0
    library.fetch(url, NEW, quiet)


def test_a_corrupt_or_truncated_file_is_refused_and_the_next_try_is_whole(
    top: Path, url: str, library: Fetcher
) -> None:
    kernel = top / str(NEW) / layout.uki_name(NEW)
    sound = kernel.read_bytes()
    for broken in (sound[:-3] + b"???", sound[:-3]):
        kernel.write_bytes(broken)
        with pytest.raises(FileDiffers, match="is not what was published"):
            library.fetch(url, NEW, quiet)
        assert library.fetched() == ()
    kernel.write_bytes(sound)
    library.fetch(url, NEW, quiet)


def test_what_is_not_signed_is_not_even_listed(top: Path, url: str, library: Fetcher) -> None:
    listing = top / "index.json"
    listing.write_bytes(listing.read_bytes().replace(b"14.2.3-031", b"14.2.3-032"))
    with pytest.raises(NotSigned):
        library.list(url)
    listing.unlink()
    with pytest.raises(MailwardError):
        library.list(url)


def test_a_signed_release_in_the_folder_of_another_is_refused(top: Path, url: str, library: Fetcher) -> None:
    """A downgrade under a newer name."""
    (top / str(NEW)).rename(top / "aside")
    (top / str(OLD)).rename(top / str(NEW))
    with pytest.raises(NotOffered):
        library.fetch(url, NEW, quiet)


@pytest.mark.parametrize(
    ("text", "refusal"), [("ftp://x/", BadSource), ("releases", BadSource), ("/nowhere", NotThere)]
)
def test_no_place(library: Fetcher, text: str, refusal: type[MailwardError]) -> None:
    with pytest.raises(refusal):
        library.list(text)


def test_a_server_that_is_not_there(library: Fetcher) -> None:
    with pytest.raises(SourceFailed, match="cannot be read"):
        library.list("http://127.0.0.1:9/")
