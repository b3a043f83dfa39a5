"""SFTP, packet by packet (draft-ietf-secsh-filexfer-02)."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.files.area import Area
from gateway.files.sftp import LARGEST, BadPacket, Server
from gateway.files.sftp_session import serve

STATUS, HANDLE, DATA, NAME, ATTRS = range(101, 106)
WRITE_NEW = 0x02 | 0x08 | 0x10  # WRITE, CREAT, TRUNC


def string(value: str | bytes) -> bytes:
    octets = value.encode() if isinstance(value, str) else value
    return len(octets).to_bytes(4) + octets


class Client:
    """Just enough of one."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.said: list[str] = []

    def call(self, kind: int, *fields: bytes) -> tuple[int, bytes]:
        answer = self.server.answer(bytes([kind]) + (7).to_bytes(4) + b"".join(fields))
        assert answer[1:5] == (7).to_bytes(4)
        return answer[0], answer[5:]

    def status(self, kind: int, *fields: bytes) -> int:
        answer, body = self.call(kind, *fields)
        assert answer == STATUS
        return int.from_bytes(body[:4])

    def open(self, path: str, flags: int) -> bytes:
        kind, body = self.call(3, string(path), flags.to_bytes(4), bytes(4))
        assert kind == HANDLE, body
        return body[4:]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    (tmp_path / "upgrade").mkdir()
    (tmp_path / "config.xml").write_text("running")
    return Client(Server(Area(tmp_path), lambda text: None))


def test_version(client: Client) -> None:
    assert client.server.answer(bytes([1]) + (6).to_bytes(4)) == bytes([2]) + (3).to_bytes(4)


def test_read(client: Client) -> None:
    handle = client.open("/configuration/config.xml", 1)
    assert client.call(5, string(handle), (0).to_bytes(8), (4).to_bytes(4)) == (DATA, string("runn"))
    assert client.call(5, string(handle), (4).to_bytes(8), (100).to_bytes(4)) == (DATA, string("ing"))
    assert client.status(5, string(handle), (7).to_bytes(8), (100).to_bytes(4)) == 1  # EOF
    kind, body = client.call(8, string(handle))
    assert kind == ATTRS and struct.unpack(">IQ", body[:12]) == (0x0F, 7)
    assert client.status(4, string(handle)) == 0
    assert client.status(4, string(handle)) == 4


def test_write_out_of_order(client: Client, tmp_path: Path) -> None:
    handle = client.open("/configuration/new.xml", WRITE_NEW)
    assert client.status(6, string(handle), (3).to_bytes(8), string("def")) == 0
    assert client.status(6, string(handle), (0).to_bytes(8), string("abc")) == 0
    assert client.status(10, string(handle), bytes(4)) == 0
    assert not (tmp_path / "new.xml").exists()
    assert client.status(4, string(handle)) == 0
    assert (tmp_path / "new.xml").read_text() == "abcdef"


def test_a_session_that_ends_leaves_nothing_half(client: Client, tmp_path: Path) -> None:
    handle = client.open("/configuration/new.xml", WRITE_NEW)
    client.status(6, string(handle), (0).to_bytes(8), string("abc"))
    client.server.close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["config.xml", "upgrade"]


def test_listing(client: Client) -> None:
    kind, body = client.call(11, string("/configuration"))
    assert kind == HANDLE
    kind, names = client.call(12, body)
    assert kind == NAME and names[:4] == (2).to_bytes(4) and string("upgrade") in names
    assert client.status(12, body) == 1


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".", "/configuration"),
        ("a/../b", "/configuration/b"),
        ("/", "/"),
        ("/../..", "/"),
        ("", "/configuration"),
    ],
)
def test_where_a_client_is(client: Client, path: str, found: str) -> None:
    kind, body = client.call(16, string(path))
    assert kind == NAME and body[4:].startswith(string(found) + string(found))


def test_refusals(client: Client) -> None:
    assert client.status(3, string("/configuration/config.xml"), WRITE_NEW.to_bytes(4), bytes(4)) == 3
    assert client.status(3, string("/etc/passwd"), (1).to_bytes(4), bytes(4)) == 2
    assert client.status(13, string("/configuration/config.xml")) == 3
    assert client.status(18, string("/configuration/config.xml"), string("/configuration/a")) == 3
    assert client.status(14, string("/configuration/folder"), bytes(4)) == 8
    assert client.status(20, string("/configuration/link"), string("/etc/passwd")) == 8
    assert client.status(200, string("posix-rename@openssh.com")) == 8
    append = (0x02 | 0x04).to_bytes(4)
    handle = client.open("/configuration/there", WRITE_NEW)
    client.status(4, string(handle))
    assert client.status(3, string("/configuration/there"), append, bytes(4)) == 8


def test_handles_are_counted(client: Client) -> None:
    for _ in range(64):
        client.open("/configuration/config.xml", 1)
    assert client.status(3, string("/configuration/config.xml"), (1).to_bytes(4), bytes(4)) == 4


@given(st.binary(max_size=80))
def test_any_packet_is_answered_or_ends_the_session(packet: bytes) -> None:
    server = Server(Area(Path("/nonexistent")), lambda text: None)
    try:
        answer = server.answer(packet)
    except BadPacket:
        return
    assert 2 <= answer[0] <= 105


@given(st.integers(3, 20), st.binary(max_size=60))
def test_any_operation(kind: int, fields: bytes) -> None:
    server = Server(Area(Path("/nonexistent")), lambda text: None)
    try:
        answer = server.answer(bytes([kind]) + bytes(4) + fields)
    except BadPacket:
        return
    assert answer[1:5] == bytes(4)


def test_a_packet_longer_than_allowed_ends_the_session(tmp_path: Path) -> None:
    source = io.BytesIO((LARGEST + 1).to_bytes(4) + b"x")
    with pytest.raises(BadPacket):
        serve(Area(tmp_path), source, io.BytesIO(), lambda text: None)


def test_a_stream_that_is_cut_off_ends_quietly(tmp_path: Path) -> None:
    sink = io.BytesIO()
    serve(
        Area(tmp_path), io.BytesIO((5).to_bytes(4) + b"\x01" + (3).to_bytes(4) + (9).to_bytes(4)), sink, print
    )
    assert sink.getvalue() == (5).to_bytes(4) + b"\x02" + (3).to_bytes(4)
