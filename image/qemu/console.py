"""The guest's serial console: expect, log in, run commands, each with a deadline.

Success is never guessed: a command's end and status come from a marker that the guest's own shell prints after
it, and the marker is put together there, so that the echo of what was typed cannot be taken for it.
"""

from __future__ import annotations

import codecs
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from image.qemu.terminal import show, type_into
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


class Console:
    """A line to the guest's ttyS0. All deadlines in seconds.

    A thread takes in what the guest says, whatever we are doing: a serial port that nobody reads holds the guest
    up with every line (which is why this is not pexpect, that reads only while it is expecting).
    """

    def __init__(self, line: socket.socket, log: Path) -> None:
        self.log = log
        self._line = line
        self._unread = ""
        self._gone = False
        self._news = threading.Condition()
        self._screen: Callable[[bytes], None] | None = None
        threading.Thread(target=self._listen, name="console", daemon=True).start()

    def _listen(self) -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace")
        with self.log.open("ab") as log:
            while not self._gone:
                try:
                    heard = self._line.recv(65536)
                except OSError:
                    heard = b""  # the line was closed under us: the same as a guest that is gone
                # As it comes, so that the log is whole even if the test is killed.
                log.write(heard)
                log.flush()
                with self._news:
                    if self._screen:
                        self._screen(heard)
                    else:
                        self._unread += decode.decode(heard, final=not heard)
                    self._gone = not heard
                    self._news.notify_all()

    def expect(self, pattern: str, deadline: float) -> re.Match[str]:
        """Wait for a regular expression; what is up to its end counts as read. Raises `ConsoleSilent`."""
        wanted = re.compile(pattern)
        end = time.monotonic() + deadline
        with self._news:
            while not (match := wanted.search(self._unread)):
                left = end - time.monotonic()
                if left <= 0 or self._gone:
                    raise ConsoleSilent(wanted=pattern, seconds=deadline, last=self._tail(), log=self.log)
                self._news.wait(left)
            self._unread = self._unread[match.end() :]
            return match

    def _tail(self) -> str:
        return "\n".join(f"    {text}" for text in clean(self._unread).strip().splitlines()[-15:])

    def send(self, text: str) -> None:
        """Type a line."""
        self.press(text + "\r")

    def press(self, keys: str) -> None:
        """Type keys, without Enter."""
        self._line.sendall(keys.encode())

    def login(self, user: str, password: str, *, deadline: float = 300) -> None:
        """Log in as `user`, an administrator, and leave the console for root's shell: there every check can be made.

        Raises `ConsoleSilent`.
        """
        self.expect(r"login: ", deadline)
        self.send(user)
        self.expect(r"Password: ", 60)
        self.send(password)
        # The blank behind a prompt may be a movement of the cursor.
        self.expect(r"[\w.-]+>[ \x1b]", 60)
        self.send("shell")
        self.expect(r"go on\?[^\r\n]*>[ \x1b]", 60)
        self.send("y")
        self.expect(r"# ", 60)
        # No line editing and no colours: what the shell sends is what the command printed.
        self.send("exec env -i PATH=/usr/sbin:/usr/bin HOME=/root TERM=dumb bash --norc --noediting")
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

    def interact(self) -> None:
        """Hand the console to the person at the terminal, until Ctrl-] or the guest switches off."""
        with self._news:
            show(self._unread.encode())
            self._screen = show
        type_into(self._line, lambda: self._gone)

    def close(self) -> None:
        self._line.close()


def clean(text: str) -> str:
    """Without terminal escapes and carriage returns."""
    return _ESCAPES.sub("", text).replace("\r", "")
