"""The console against a made-up guest at the other end of a socket pair."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.qemu.console import Console, ConsoleSilent, GuestCommandFailed, clean

Guest = Callable[[socket.socket], None]


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Callable[[Guest], Console]]:
    threads: list[threading.Thread] = []
    ends: list[socket.socket] = []

    def start(guest: Guest) -> Console:
        host, other = socket.socketpair()
        thread = threading.Thread(target=guest, args=(other,))
        thread.start()
        threads.append(thread)
        ends.extend([host, other])
        return Console(host, tmp_path / "console.log")

    yield start
    for end in ends:
        end.close()
    for thread in threads:
        thread.join(5)


def line(end: socket.socket) -> str:
    heard = b""
    while not heard.endswith(b"\r"):
        heard += end.recv(1)
    return heard.decode()


def shell(output: str, status: int, *, echo: bool = False) -> Guest:
    """A guest whose shell answers one command as a real one does: the markers' halves joined."""

    def guest(end: socket.socket) -> None:
        typed = line(end)
        if echo:
            end.sendall(typed.replace("\r", "\r\n").encode())
        found = re.search(r"begin-%s%s\\n' (\w+) (\w+);", typed)
        assert found
        token = found[1] + found[2]
        end.sendall(f"begin-{token}\r\n{output}end-{token} {status}\r\n".encode())

    return guest


def test_run_gives_output_and_status(talk: Callable[[Guest], Console]) -> None:
    result = talk(shell("one\r\ntwo\r\n", 0)).run("x", deadline=5)
    assert (result.status, result.output) == (0, "one\ntwo")


def test_the_echo_of_the_command_is_not_its_output(talk: Callable[[Guest], Console]) -> None:
    assert talk(shell("done\r\n", 0, echo=True)).run("x", deadline=5).output == "done"


def test_a_failed_command_is_an_error_with_its_output(talk: Callable[[Guest], Console]) -> None:
    with pytest.raises(GuestCommandFailed) as failed:
        talk(shell("no such file\r\n", 3)).run("cat x", deadline=5)
    assert "no such file" in str(failed.value)
    assert failed.value.fields["status"] == 3


def test_output_without_a_line_end_is_kept_apart_from_the_marker(talk: Callable[[Guest], Console]) -> None:
    assert talk(shell("1234", 0)).run("printf 1234", deadline=5).output == "1234"


def test_silence_ends_at_the_deadline_and_shows_the_last_words(talk: Callable[[Guest], Console]) -> None:
    console = talk(lambda end: end.sendall(b"Kernel panic\r\n"))
    with pytest.raises(ConsoleSilent) as silent:
        console.expect("login: ", 0.3)
    assert "Kernel panic" in str(silent.value)
    assert "Kernel panic" in console.log.read_text()


def test_a_guest_that_is_gone_is_not_waited_for(talk: Callable[[Guest], Console]) -> None:
    def gone(end: socket.socket) -> None:
        end.shutdown(socket.SHUT_RDWR)

    with pytest.raises(ConsoleSilent):
        talk(gone).expect("login: ", 60)


def test_clean_takes_colours_and_carriage_returns_away() -> None:
    assert clean("\x1b[0;32m  OK  \x1b[0m\r\n\x1b]0;title\x07x\x1b[?25h") == "  OK  \nx"


@given(st.text(st.characters(exclude_characters="\x1b\r", exclude_categories=["Cs"])))
def test_clean_leaves_plain_text_alone(text: str) -> None:
    assert clean(text) == text
