"""Tables that go out to a file of the configuration directory, and come in from one.

Administrators reach that directory by SFTP and FTP; nothing outside it is read or written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.console.call import Call
from gateway.console.handlers import Action, Operation
from gateway.console.questions import Answers, Question, Text
from mailward.errors import BadInput, Failed

FOLDER = "configuration"
LARGEST = 32 << 20  # octets: ten times the largest table anybody had
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
# What the configuration itself is made of; a table of that name would destroy it.
_TAKEN = re.compile(r"(config\.(xml|dtd|xsd)|history|candidates?|upgrade)\b.*", re.IGNORECASE)


class CannotExchange(Failed):
    key = "console.exchange"
    sentence = "{name} in the configuration directory cannot be {done}: {why}"
    remedy = "`ls` by SFTP shows what is there"


class BadFile(BadInput):
    key = "console.import"
    sentence = "{name} was not imported: {why}"
    remedy = "Correct the lines named and import it again; nothing was changed"


def file_name(text: str) -> str:
    """Raises ValueError unless it is a plain name."""
    if not _NAME.fullmatch(text) or _TAKEN.fullmatch(text):
        raise ValueError(
            "must be a plain file name of letters, digits, . _ and -, not one of the configuration's own"
        )
    return text


def read(call: Call, name: str) -> str:
    """The text of a file. Raises CannotExchange."""
    place = call.desk.root / FOLDER / name
    try:
        with place.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise CannotExchange(name=name, done="read", why=f"it is larger than {LARGEST >> 20} MB")
        return content.decode()
    except UnicodeDecodeError as error:
        raise CannotExchange(name=name, done="read", why="it is not text in UTF-8") from error
    except OSError as error:
        raise CannotExchange(name=name, done="read", why=(error.strerror or str(error)).lower()) from error


def write(call: Call, name: str, text: str) -> Path:
    """The file is there whole or not at all. Raises CannotExchange."""
    place = call.desk.root / FOLDER / name
    partial = place.with_name(f".{name}.new")
    try:
        partial.write_text(text)
        partial.chmod(0o640)
        partial.replace(place)
    except OSError as error:
        raise CannotExchange(name=name, done="written", why=(error.strerror or str(error)).lower()) from error
    return place


NAME = Question("file", "Enter the name of the file in the configuration directory.", Text(file_name))


def operations(
    noun: str, text: Callable[[Call], str], take: Callable[[Call, str], Any]
) -> tuple[Operation, Operation]:
    """IMPORT and EXPORT. `take` raises ValueError for a text that is not acceptable, and has changed nothing then."""

    def imported(call: Call, answers: Answers) -> Any:
        try:
            taken = take(call, read(call, answers["file"]))
        except ValueError as error:
            raise BadFile(name=answers["file"], why=str(error)) from error
        call.say(f"Imported {answers['file']}.")
        return taken

    def exported(call: Call, answers: Answers) -> Any:
        write(call, answers["file"], text(call))
        call.say(f"Exported to {answers['file']} in the configuration directory.")
        return {"file": answers["file"]}

    return (
        Operation("IMPORT", f"Import {noun} from a file.", Action(imported, (NAME,))),
        Operation("EXPORT", f"Export {noun} to a file.", Action(exported, (NAME,)), changes=False),
    )
