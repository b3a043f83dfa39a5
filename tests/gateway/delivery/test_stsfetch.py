"""gateway.delivery.stsfetch, against a real HTTPS server on loopback"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.mtasts import FetchFailed, KeptPolicy, StsMode, StsPolicy
from gateway.delivery.stsfetch import HttpsFetcher, JsonPolicyStore, read_response
from tests.gateway.delivery.pki import issue

ROOT = issue(ca=True)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"


def fetch(tmp_path: Path, reply: bytes, name: str = "mta-sts.example.com", deadline: float = 5.0) -> str:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        assert request.startswith(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.com\r\n")
        writer.write(reply)
        if reply:
            writer.close()

    async def addresses(host: str) -> list[str]:
        return ["127.0.0.1"]

    async def run() -> str:
        context = issue(name, by=ROOT).server_context(tmp_path)
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        trust = ssl.create_default_context(cafile=str(ROOT.to_file(tmp_path / "root.pem")))
        try:
            return await HttpsFetcher(addresses, trust, port=port, deadline=deadline).fetch("example.com")
        finally:
            server.close()

    return asyncio.run(run())


def test_a_policy_over_https(tmp_path: Path) -> None:
    assert fetch(tmp_path, OK + b"Content-Length: 5\r\n\r\nhello") == "hello"
    assert fetch(tmp_path, OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n") == "hello"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\r\n\r\n", "status 301"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nhello", "content type text/html"),
        (OK + b"Content-Length: 50\r\n\r\nhello", "IncompleteRead"),
        (OK + b"\r\n" + b"x" * 70_000, "more than 65536 octets"),
        (b"SSH-2.0-hello\r\n", "BadStatusLine"),
    ],
)
def test_anything_else_is_no_policy(tmp_path: Path, reply: bytes, reason: str) -> None:
    with pytest.raises(FetchFailed, match=reason):
        fetch(tmp_path, reply)


def test_the_certificate_must_be_for_the_policy_host(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="certificate verify failed"):
        fetch(tmp_path, OK + b"\r\nhello", name="example.com")


def test_the_deadline_holds(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="no answer within"):
        fetch(tmp_path, b"", deadline=0.3)


@given(st.binary(max_size=100), st.booleans())
def test_any_octets_are_a_reply_or_a_value_error(raw: bytes, framed: bool) -> None:
    try:
        read_response(OK + raw if framed else raw)
    except ValueError:
        return


def test_policies_survive_a_restart_and_a_damaged_file_does_not_hurt(tmp_path: Path) -> None:
    path = tmp_path / "sts.json"
    kept = KeptPolicy("example.com", "7", StsPolicy(StsMode.ENFORCE, 86_400, ("*.example.net",)), 1_000.5)
    store = JsonPolicyStore(path)
    assert store.load() == []
    store.save(kept)
    assert JsonPolicyStore(path).load() == [kept]
    for text in ("", "{}", '[{"mx": 1}]', "[1]", '[{"domain": "x"}]', "\x00"):
        path.write_text(text)
        assert JsonPolicyStore(path).load() == []
