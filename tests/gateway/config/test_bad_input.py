"""Files nobody should load: each is refused whole, in one sentence, at once, and nothing is changed."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from gateway.config import reading, xml
from gateway.config.errors import ConfigBroken, ConfigUnreadable
from tests.gateway.config.made import BEGIN, store

GOOD = xml.dumps(BEGIN)
BOMB = "".join(
    f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" if n else "lol"}{("&a" + str(n - 1) + ";") * 9 if n else ""}">'
    for n in range(12)
)


def doctype(text: str, hostname: str = "mx.example.com") -> bytes:
    return f"<!DOCTYPE config [{text}]><config><hostname>{hostname}</hostname></config>".encode()


CASES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is not well-formed XML"),
    "text": (b"hello", "is not well-formed XML"),
    "truncated": (GOOD[: len(GOOD) // 2], "line \\d+: <config> is not well-formed XML"),
    "truncated in a tag": (GOOD[:200], "is not well-formed XML"),
    "zeros": (b"\0" * 100_000, "is not well-formed XML"),
    "binary": (bytes(range(256)) * 100, "is not well-formed XML"),
    "wrong root": (b"<configuration/>", "must be <config>"),
    "html": (b"<html><body>Login</body></html>", "<html> must be <config>"),
    "entity bomb": (doctype(BOMB, "&a11;"), "entit|amplification"),
    "entity bomb in an attribute": (
        f"<!DOCTYPE config [{BOMB}]><config a='&a11;'/>".encode(),
        "entit|amplification|<config>",
    ),
    "external entity": (
        doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"),
        "must not declare entities",
    ),
    "parameter entity": (
        doctype('<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;'),
        "must not declare|well-formed",
    ),
    "entity not declared": (b"<config><hostname>&nope;</hostname></config>", "well-formed|entity"),
    "deep nesting": (b"<config>" + b"<a>" * 100_000, "is not well-formed XML"),
    "namespace": (b'<config xmlns="urn:x"/>', "must be <config>"),
    "wrong encoding": (
        b'<?xml version="1.0" encoding="UTF-8"?><config><hostname>\xff</hostname></config>',
        "well-formed",
    ),
    "unknown encoding": (b'<?xml version="1.0" encoding="x-none"?><config/>', "encoding"),
    "utf-16 that is none": (
        b'<?xml version="1.0" encoding="UTF-16"?><config/>',
        "well-formed|encoding|missing",
    ),
    "control characters": (b"<config><hostname>a\x01b</hostname></config>", "is not well-formed XML"),
    "nul by reference": (b"<config><hostname>a&#0;b</hostname></config>", "is not well-formed XML"),
    "two roots": (b"<config/><config/>", "is not well-formed XML"),
    "everything twice": (
        GOOD.replace(b"</config>", b"<hostname>b.example</hostname></config>"),
        "is there twice",
    ),
    "text between": (GOOD.replace(b"<hostname>", b"stray<hostname>", 1), "has text between its elements"),
    "a thousand strangers": (
        b"<config>" + b"".join(b"<x%d/>" % n for n in range(5000)) + b"</config>",
        "and 980 more",
    ),
    "huge number": (
        GOOD.replace(b"<port>25<", b"<port>" + b"9" * 5000 + b"<"),
        "port> is wrong: unable to parse input string as an integer",
    ),
    "too many tags": (b"<config>" + b"<a/>" * 2_000_001 + b"</config>", "more than 2,000,000 tags"),
}


@pytest.mark.parametrize(("text", "said"), CASES.values(), ids=CASES.keys())
def test_refused_whole_and_at_once(text: bytes, said: str, tmp_path: Path) -> None:
    place = store(tmp_path)
    before = (tmp_path / "config.xml").read_bytes()
    started = time.monotonic()
    with pytest.raises(ConfigBroken, match=said) as caught:
        xml.loads(text)
    assert time.monotonic() - started < 5
    told = str(caught.value)
    assert "\n" not in told and len(told) < 20_000
    assert "root:" not in told  # nothing of another file
    assert caught.value.hint()
    assert (tmp_path / "config.xml").read_bytes() == before
    assert place.running().config == BEGIN


def test_fifty_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    path.write_bytes(b"<config><hostname>" + b"a" * (50 << 20) + b"</hostname></config>")
    tracemalloc.start()
    with pytest.raises(ConfigUnreadable, match="larger than 32 MB"):
        xml.load(path)
    with pytest.raises(ConfigBroken, match="larger than 32 MB"):
        xml.loads(path.read_bytes())
    tracemalloc.stop()


def test_many_small_elements_take_bearable_memory() -> None:
    """What a file may cost at most: as many members of a list as the limits let through."""
    member = b"<address>a</address>"
    text = b"".join(
        [
            b"<config><hostname>mx.example.com</hostname><address_lists><address_list><list_name>l</list_name><addresses>",
            member * 200_000,
            b"</addresses></address_list></address_lists></config>",
        ]
    )
    assert len(text) < reading.SIZE_LIMIT
    with pytest.raises(ConfigBroken, match="has a twice"):
        xml.loads(text)


def test_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigUnreadable, match="is a directory"):
        xml.load(tmp_path)


def test_lines_far_down_are_right() -> None:
    """libxml2 counted to 65,535 once."""
    text = GOOD.replace(b"</config>", b"\n" * 100_000 + b"<strange/></config>")
    with pytest.raises(ConfigBroken) as caught:
        xml.loads(text)
    assert caught.value.fields["found"][0].line == text[: text.index(b"<strange")].count(b"\n") + 1


def test_a_password_is_not_in_the_message() -> None:
    text = (
        b"<config><hostname>mx.example.com</hostname><users><user><user_name>ann</user_name>"
        b"<password_hash>s3cret</password_hash></user></users></config>"
    )
    with pytest.raises(ConfigBroken) as caught:
        xml.loads(text)
    assert "crypt(5)" in str(caught.value)
    assert "s3cret" not in str(caught.value.to_dict())
