"""The release directory, made by `mailward release make` of the upgrade floor.

As a command and not as a call: the builder imports nothing of that floor, which stands on the appliance too.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mailward.errors import BadInput, ExitStatus, Failed, Rejected

FOLDER = "releases"
SUMS = "SHA256SUMS"


class NeedsKeys(BadInput):
    key = "image.forms.release-keys"
    sentence = "a release is signed, and no keys were given"
    remedy = "Name the folder of `mailward keys init` with --keys"


class NotReleased(Failed):
    """Fields: message, remedy: what the command said."""

    key = "image.forms.release"
    sentence = "the release was not made: {message}"
    remedy = "{advice}"


class ReleaseRefused(Rejected):
    key = "image.forms.release-refused"
    sentence = "the release was not made: {message}"
    remedy = "{advice}"


def words(built: Path, version: str, keys: Path) -> list[str]:
    """The command that makes built/releases/VERSION of what lies in `built`."""
    return [
        sys.executable, "-m", "mailward", "release", "make",
        "--from", str(built), "--version", version, "--keys", str(keys), "--output", str(built / FOLDER), "--json",
    ]  # fmt: skip


Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def run(argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Progress goes to our own standard error as it comes."""
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def make(built: Path, version: str, keys: Path, run: Run = run) -> Path:
    """The folder of the release. Raises `ReleaseRefused` (such as: published before) and `NotReleased`."""
    done = run(words(built, version, keys))
    if done.returncode:
        message, advice = _said(done.stdout)
        refused = done.returncode in (ExitStatus.REJECTED, ExitStatus.USAGE)
        raise (ReleaseRefused if refused else NotReleased)(message=message, advice=advice)
    return built / FOLDER / version


def _said(output: str) -> tuple[str, str]:
    """Message and remedy of the error that a command of ours prints as JSON."""
    try:
        document = json.loads(output)
        return str(document["message"]), str(document["remedy"])
    except (ValueError, KeyError, TypeError):
        return "the command says nothing more", "See the lines above"
