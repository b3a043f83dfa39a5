"""Running programs: output into the build's log, and on failure the command, ready to be pasted."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mailward.errors import Failed

log = logging.getLogger(__name__)

TAIL_LINES = 12
# What a program makes may end up in an image, which must not depend on the habits of whoever builds it.
UMASK = 0o022


class CommandFailed(Failed):
    """A program the build needs ended with a non-zero status.

    Fields: program, status, command (as a shell takes it), tail (the last lines it printed), log (path).
    """

    key = "image.command"
    sentence = "{program} ended with status {status}\n{tail}"
    remedy = "{advice}The whole output is in {log}. To run the step alone:\n    {command}"


class CommandMissing(Failed):
    key = "image.command-missing"
    sentence = "the program {program} is not installed"
    remedy = "Install it: apt-get install {package}"


# What went wrong in words, for the causes that have a cure. Looked for in the last lines of the output.
ADVICE: tuple[tuple[str, str], ...] = (
    ("No space left on device", "A disk is full: see `df -h`; old builds can go with `mailward image clean`."),
    ("Temporary failure resolving", "The package archive's name does not resolve: is there a network?"),
    ("Could not connect to", "The package archive does not answer: is there a network, or a proxy to configure?"),
    ("Unable to connect to", "The package archive does not answer: is there a network, or a proxy to configure?"),
    ("Failed to establish a new connection", "The package index does not answer: is there a network?"),
    ("No matching distribution found", "The package index has no such version: does pip ask the right index?"),
    ("DO NOT MATCH THE HASHES", "A package is not the one that was locked. Do not use it; find out who changed it."),
    ("does not have a Release file", "The archive has no such suite: name one that has Debian 13 with --mirror."),
    ("Operation not permitted", "Root, or user namespaces, are needed: run it with sudo."),
)  # fmt: skip


def advice_for(output: str) -> str:
    """What to do about a failure that printed `output`; empty if nothing better is known than to read it."""
    return next((words for mark, words in ADVICE if mark in output), "")


@dataclass(frozen=True)
class Runner:
    """Runs programs one at a time, appending what they print to `log_path`.

    environment: added to the process's own.
    """

    log_path: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(
        self, argv: Sequence[str | os.PathLike[str]], *, cwd: Path | None = None, package: str = ""
    ) -> None:
        """Run to the end. Raises `CommandFailed`, or `CommandMissing` naming the Debian `package`."""
        words = [os.fspath(word) for word in argv]
        shown = shlex.join(words)
        if self.environment:
            shown = " ".join(f"{k}={shlex.quote(v)}" for k, v in self.environment.items()) + " " + shown
        if cwd:
            shown = f"cd {shlex.quote(str(cwd))} && {shown}"
        log.info("running %s", shown)
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as output:
            output.write(f"$ {shown}\n".encode())
            output.flush()
            start = output.tell()
            try:
                status = subprocess.call(
                    words,
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **self.environment},
                    umask=UMASK,
                )
            except FileNotFoundError as error:
                raise CommandMissing(program=words[0], package=package or words[0]) from error
        if status:
            printed = self._printed_since(start)
            advice = advice_for(printed)
            raise CommandFailed(
                program=Path(words[0]).name,
                status=status,
                command=shown,
                tail="\n".join(f"    {line}" for line in printed.splitlines()[-TAIL_LINES:]),
                log=self.log_path,
                advice=f"{advice}\n  " if advice else "",
            )

    def _printed_since(self, start: int) -> str:
        with self.log_path.open("rb") as output:
            output.seek(max(start, output.seek(0, os.SEEK_END) - 16384))
            return output.read().decode(errors="replace")


@contextmanager
def log_of_a_failure() -> Iterator[Path]:
    """A place for the log of programs; it stays only if one of them failed, whose error names it."""
    folder = Path(tempfile.mkdtemp(prefix="mailward-"))
    keep = False
    try:
        yield folder / "log"
    except CommandFailed:
        keep = True
        raise
    finally:
        if not keep:
            shutil.rmtree(folder)
