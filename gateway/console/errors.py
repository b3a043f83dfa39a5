"""What the console refuses, and why."""

from __future__ import annotations

from mailward.errors import BadInput, Failed, Rejected


class BadLine(BadInput):
    key = "console.line"
    sentence = "This line cannot be read: {why}"
    remedy = "Close every quote; write a quote itself as \\'"


class UnknownCommand(BadInput):
    key = "console.unknown-command"
    sentence = "Unknown command: {name}"
    remedy = "{suggestion}"


class Ambiguous(BadInput):
    key = "console.ambiguous"
    sentence = "{word} may be {names}"
    remedy = "Write as much of it as makes it the only one"


class UnknownOperation(BadInput):
    key = "console.unknown-operation"
    sentence = "{command} has no operation {word}"
    remedy = "There are {names}"


class NoOperation(BadInput):
    key = "console.no-operation"
    sentence = "{command} needs to be told what to do"
    remedy = "Name one of {names}"


class NotPermitted(Rejected):
    key = "console.not-permitted"
    sentence = "{what} is not for the role {role}"
    remedy = "Ask an administrator"


class NoAccount(Rejected):
    key = "console.no-account"
    sentence = "{name} may not use the console: {why}"
    remedy = "Ask an administrator to look at `userconfig`"


class BadAnswer(BadInput):
    key = "console.bad-answer"
    sentence = "{name} is not valid: {why}"
    remedy = ""


class MissingAnswer(BadInput):
    key = "console.missing-answer"
    sentence = "{name} is missing: {prompt}"
    remedy = "Add {name}=…"


class TooManyWords(BadInput):
    key = "console.too-many-words"
    sentence = "There is nothing to do with {word!r}"
    remedy = "{usage}"


class NotConfirmed(Rejected):
    key = "console.not-confirmed"
    sentence = "Not done, because nobody confirmed it: {prompt}"
    remedy = "Add --yes"


class Dialogue(Rejected):
    key = "console.dialogue"
    sentence = "{what} is a dialogue: it needs a terminal"
    remedy = "{instead}"


class Invalid(BadInput):
    key = "console.invalid"
    sentence = "This would not be a valid configuration: {why}"
    remedy = "Nothing was changed"


class NoneThere(BadInput):
    key = "console.none-there"
    sentence = "There is no {noun} {name}"
    remedy = "There are: {names}"


class ProgramFailed(Failed):
    key = "console.program"
    sentence = "{program} did not work: {why}"
    remedy = ""


class LoggedOut(Exception):
    """The session is over. `why` is told; empty if the user asked for it."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why
