from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.installer.live import consoles
from image.installer.live.consoles import Consoles, Terminal


@pytest.fixture
def lines() -> Iterator[tuple[Consoles, list[socket.socket]]]:
    """Two consoles, and who sits at them."""
    pairs = [socket.socketpair() for _ in range(2)]
    ours = [Terminal(name, pair[0].fileno()) for name, pair in zip(("tty0", "ttyS0"), pairs, strict=True)]
    yield Consoles(ours), [pair[1] for pair in pairs]
    for pair in pairs:
        for end in pair:
            end.close()


def heard(line: socket.socket) -> str:
    line.setblocking(False)
    return line.recv(65536).decode()


def test_everything_is_said_on_every_console(lines: tuple[Consoles, list[socket.socket]]) -> None:
    screen, people = lines
    screen.frame("Attention\nplease")
    for person in people:
        assert heard(person).splitlines()[2:4] == ["  Attention", "  please"]


@pytest.mark.parametrize("speaker", [0, 1])
def test_an_answer_may_come_from_any_and_the_others_see_it(
    speaker: int, lines: tuple[Consoles, list[socket.socket]]
) -> None:
    screen, people = lines
    people[speaker].sendall(b"erase vda\r")
    # What was typed before the question is forgotten on a terminal; a socket keeps it, so it can be sent here.
    assert screen.ask("Which?") == "erase vda"
    name = ("tty0", "ttyS0")[speaker]
    assert f"erase vda   (typed on {name})" in heard(people[1 - speaker])


def test_a_line_comes_in_pieces(lines: tuple[Consoles, list[socket.socket]]) -> None:
    screen, people = lines
    people[0].sendall(b"ye")
    assert screen.ask("Sure?", seconds=0.05) is None
    people[0].sendall(b"no\n")
    assert screen.ask("Sure?") == "no", "a half line from before is no part of an answer"


def test_nobody_answers_within_the_time(lines: tuple[Consoles, list[socket.socket]]) -> None:
    screen, people = lines
    assert screen.ask("Sure?", seconds=0.01) is None
    assert "Sure?\n[]> " in heard(people[0])


def test_a_console_that_hangs_up_is_left_out(lines: tuple[Consoles, list[socket.socket]]) -> None:
    screen, people = lines
    people[0].close()
    people[1].sendall(b"q\n")
    assert screen.ask("Which?") == "q"
    people[1].close()
    assert screen.ask("Which?") is None, "with nobody left it does not wait for ever"


def test_consoles_are_those_of_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "sys/class/tty/console").mkdir(parents=True)
    (tmp_path / "sys/class/tty/console/active").write_text("tty0 ttyS0\n")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/tty0").touch()
    found = consoles.open_all(tmp_path).terminals
    assert [terminal.name for terminal in found] == ["tty0"]
    os.close(found[0].fd)


def test_a_real_terminal_edits_lines_and_what_was_typed_before_is_forgotten(tmp_path: Path) -> None:
    person, line = os.openpty()
    (tmp_path / "sys/class/tty/console").mkdir(parents=True)
    (tmp_path / "sys/class/tty/console/active").write_text("ttyS0\n")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/ttyS0").symlink_to(os.ttyname(line))
    screen = consoles.open_all(tmp_path)
    os.write(person, b"erase vda\n")
    assert screen.ask("To erase it, type erase vda", seconds=0.05) is None
    os.write(person, b"\x03")  # Ctrl-C is a letter like any other
    assert screen.ask("Still there?", seconds=0.05) is None
    for fd in (person, line, screen.terminals[0].fd):
        os.close(fd)
