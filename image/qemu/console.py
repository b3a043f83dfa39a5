"""The guest's serial console: expect, log in, run commands, each with a deadline.

Success is never guessed: a command's end and status come from a marker that the guest's own shell prints after
it, and the marker is put together there, so that the echo of what was typed cannot be taken for it.
"""

from __future__ import annotations

import io
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

import pexpect
from pexpect.fdpexpect import fdspawn

from image.qemu.terminal import interact
from mailward.errors import Failed

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?=]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78cM])")


class ConsoleSilent(Failed):
    """The guest did not say what was waited for. Fields: wanted, seconds, last (lines), log."""

    key = "image.console"
    sentence = "the guest did not print {wanted!r} within {seconds:.0f} s; the last it said:\n{last}"
    remedy = "The whole console is in {log}"


class GuestCommandFailed(Failed):
    key = "image.guest-command"
    sentence = "in the guest, {command!r} ended with status {status}:\n{output}"
    remedy = "The whole console is in {log}"


@dataclass(frozen=True)
class Result:
    """What a command in the guest printed (stdout and stderr), and its exit status."""

    status: int
    output: str


class _Log(io.TextIOBase):
    """Appends to the log as it comes, so that it is whole even if the test is killed."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", errors="replace", newline="")

    def write(self, text: str) -> int:
        self._file.write(text)
        self._file.flush()
        return len(text)

    def flush(self) -> None:
        self._file.flush()


class Console:
    """A line to the guest's ttyS0. All deadlines in seconds."""

    def __init__(self, line: socket.socket, log: Path) -> None:
        self.log = log
        self._line = line
        # Not SocketSpawn: in pexpect 4.9 it hands on bytes whatever the encoding says.
        self._spawn = fdspawn(line, encoding="utf-8", codec_errors="replace", timeout=30)
        self._spawn.logfile_read = _Log(log)
        self._spawn.delaybeforesend = None

    def expect(self, pattern: str, deadline: float) -> re.Match[str]:
        """Wait for a regular expression. Raises `ConsoleSilent`."""
        try:
            self._spawn.expect(pattern, timeout=deadline)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            last = clean(self._spawn.before if isinstance(self._spawn.before, str) else "").strip()
            tail = "\n".join(f"    {text}" for text in last.splitlines()[-15:])
            raise ConsoleSilent(wanted=pattern, seconds=deadline, last=tail, log=self.log) from error
        assert isinstance(self._spawn.match, re.Match)
        return self._spawn.match

    def send(self, text: str) -> None:
        """Type a line."""
        self._spawn.send(text + "\r")

    def login(self, user: str, password: str, *, deadline: float = 300) -> None:
        """Log in as `user` and become root, so that every check can be made. Raises `ConsoleSilent`."""
        self.expect(r"login: ", deadline)
        self.send(user)
        self.expect(r"Password: ", 60)
        self.send(password)
        self.expect(rf"{user}@\S+:\S* ?\$ ", 60)
        # No line editing and no colours: what the shell sends is what the command printed.
        self.send("exec sudo env -i PATH=/usr/sbin:/usr/bin HOME=/root TERM=dumb bash --norc --noediting")
        self.expect(r"bash-[0-9.]+# ", 60)
        self.send("PS1= ; stty -echo cols 500; dmesg -n 1; printf 'root-%s\\n' shell")
        self.expect(r"root-shell\r\n", 60)

    def run(self, command: str, *, deadline: float = 60, check: bool = True) -> Result:
        """Run a shell command as root (after `login`).

        Raises `ConsoleSilent` if it does not end in time, `GuestCommandFailed` if `check` and its status is not 0.
        """
        token = secrets.token_hex(8)
        # The halves are joined by the guest, so that an echoed command line never looks like the marker.
        half, rest = token[:8], token[8:]
        mark = f"{half} {rest}"
        self.send(
            f"printf 'begin-%s%s\\n' {mark}; {{ {command}\n}} </dev/null 2>&1; printf 'end-%s%s %d\\n' {mark} $?"
        )
        self.expect(rf"begin-{token}\r\n", deadline)
        match = self.expect(rf"([\s\S]*?)end-{token} (\d+)\r\n", deadline)
        result = Result(int(match[2]), clean(match[1]).rstrip("\n"))
        if check and result.status:
            raise GuestCommandFailed(
                command=command, status=result.status, output=result.output, log=self.log
            )
        return result

    def drain(self, seconds: float) -> None:
        """Let `seconds` pass, taking in what the guest says: nobody listening would make it wait with every line."""
        self._spawn.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=seconds)

    def interact(self) -> None:
        """Hand the console to the person at the terminal, until Ctrl-] or the guest switches off."""
        self._spawn.logfile_read = None
        interact(self._line, self.log)

    def close(self) -> None:
        self._line.close()


def clean(text: str) -> str:
    """Without terminal escapes and carriage returns."""
    return _ESCAPES.sub("", text).replace("\r", "")
