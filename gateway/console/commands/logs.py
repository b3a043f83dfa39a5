"""`logconfig`, `tail`, `grep`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import re2

from gateway.config.elements.logs import LogSubscription, Retrieval
from gateway.console.call import Call
from gateway.console.errors import NoneThere
from gateway.console.fields import of_field
from gateway.console.handlers import Action, Menu
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Number, Question, Text, YesNo

FOLDER = "var/log/mailward"
TAIL = 10
POLL = 0.5  # seconds


def _pushed(call: Call, answers: Answers) -> bool:
    return answers.get("retrieval") is not Retrieval.MANUAL


SUBSCRIPTIONS = Listing(
    ("log_subscriptions",),
    "log",
    "log_name",
    (
        of_field(LogSubscription, "log_name", "Please enter the name for the log:"),
        of_field(LogSubscription, "log_type", "Choose the log file type for this subscription:"),
        of_field(LogSubscription, "level", "Log level:"),
        of_field(LogSubscription, "retrieval", "Choose the method to retrieve the logs:"),
        of_field(LogSubscription, "host", "Hostname to deliver the logs:", when=_pushed),
        of_field(
            LogSubscription,
            "protocol",
            "Which protocol do you want to use to transfer the log data?",
            when=lambda _, answers: answers.get("retrieval") is Retrieval.SYSLOG,
        ),
        of_field(LogSubscription, "port", "Port, `none` for the usual one:", when=_pushed),
        of_field(
            LogSubscription,
            "disk_buffer",
            "Octets kept on the disk while the syslog server is away (1073741824 at most), 0 for none:",
            when=lambda _, answers: answers.get("retrieval") is Retrieval.SYSLOG,
        ),
        of_field(LogSubscription, "user_name", "Username on the remote host:", when=_pushed),
        of_field(
            LogSubscription, "directory", "Directory on the remote host (S3: bucket/dir):", when=_pushed
        ),
        of_field(LogSubscription, "rollover_size", "Octets at which a new file is begun:"),
        of_field(LogSubscription, "maximum_files", "Files that are kept:"),
    ),
    element=LogSubscription,
    columns=("log_name", "log_type", "retrieval", "host"),
)
LOGCONFIG = Menu(SUBSCRIPTIONS.show, *SUBSCRIPTIONS.operations(clear=False))


def logs(root: Path) -> dict[str, Path]:
    """The logs there are, by name: the file each is written to now."""
    return {path.parent.name: path for path in sorted((root / FOLDER).glob("*/*.current"))}


def _kind(call: Call, answers: Answers) -> Choice:
    found = logs(call.desk.root)
    if not found:
        raise NoneThere(noun="log", name="yet", names="none; they begin with the first event")
    return Choice([(name, f'"{name}"') for name in found])


def _log(verb: str) -> Question:
    return Question("log", f"Enter the number of the log you wish to {verb}.", _kind)


def follow(path: Path, call: Call, lines: int) -> Iterator[str]:
    """The last lines of a file, then what is added to it, also behind a rollover. Never ends by itself."""
    file = path.open(encoding="utf-8", errors="replace")
    try:
        yield from deque(file, lines)
        while True:
            if line := file.readline():
                yield line
                continue
            fresh = path.stat().st_ino if path.exists() else None
            if fresh is not None and fresh != _inode(file):
                file.close()
                file = path.open(encoding="utf-8", errors="replace")
                continue
            call.desk.sleep(POLL)
    finally:
        file.close()


def _inode(file: Any) -> int:
    return int(Path(f"/proc/self/fd/{file.fileno()}").stat().st_ino)


def _tail(call: Call, answers: Answers) -> Any:
    path = logs(call.desk.root)[answers["log"]]
    if not answers["follow"]:
        with path.open(encoding="utf-8", errors="replace") as file:
            last = [line.rstrip("\n") for line in deque(file, answers["lines"])]
        for line in last:
            call.say(line)
        return last
    call.say("Press Ctrl-C to stop.")
    for line in follow(path, call, answers["lines"]):
        call.say(line.rstrip("\n"))
    return None


TAIL_COMMAND = Action(
    _tail,
    (
        _log("tail"),
        Question("lines", "How many lines?", Number(1, 10_000), TAIL, asked=False),
        Question("follow", "Go on until Ctrl-C?", YesNo(), lambda call, _: call.interactive, asked=False),
    ),
    "On the console until Ctrl-C; in a batch call the last lines.",
)


def _pattern(text: str) -> str:
    try:
        re2.compile(text)
    except re2.error as error:
        raise ValueError(f"is no regular expression that can be searched for: {error}") from error
    return text


def _grep(call: Call, answers: Answers) -> Any:
    current = logs(call.desk.root)[answers["log"]]
    options = re2.Options()
    options.case_sensitive = not answers["ignore_case"]
    pattern = re2.compile(answers["pattern"], options=options)
    found: list[str] = []
    for path in sorted(current.parent.iterdir(), key=lambda file: file.stat().st_mtime):
        if not path.is_file():
            continue
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if (pattern.search(line) is None) is answers["invert"]:
                    found.append(line.rstrip("\n"))
                    call.say(found[-1])
    return found


GREP = Action(
    _grep,
    (
        _log("grep"),
        Question("pattern", "Enter the regular expression to grep.", Text(_pattern)),
        Question("ignore_case", "Do you want this search to be case insensitive?", YesNo(), True),
        Question("invert", "Do you want to search for non-matching lines?", YesNo(), False),
    ),
    "All files of the log, the oldest first.",
)
