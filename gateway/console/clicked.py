"""Commands that exist for the command line already, on the console: same words, same output.

`questions` are asked where a person gives no words; each answer becomes the option of that name.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Sequence
from typing import Any, TextIO, cast

import click
from click.core import ParameterSource

from gateway.console.call import Call
from gateway.console.errors import BadAnswer, Dialogue, NotPermitted
from gateway.console.questions import Answers, Question
from gateway.console.roles import Right
from mailward.errors import ExitStatus, Failed, MailwardError, Rejected


class _AsShown(MailwardError):
    """What the command printed says it all: with `--json` that document is the answer, with the command's status."""

    def __init__(self, command: str, document: Any = None) -> None:
        super().__init__(command=command)
        self._document = document

    def to_dict(self) -> dict[str, Any]:
        return self._document if isinstance(self._document, dict) else super().to_dict()


class NotWell(_AsShown, Failed):
    key = "console.not-well"
    sentence = "{command} found something wrong, as shown"


class NotAllowed(_AsShown, Rejected):
    key = "console.not-allowed"
    sentence = "{command} says no, as shown"


_ENDINGS: dict[int, type[_AsShown]] = {ExitStatus.REJECTED: NotAllowed}


class _Lines(io.TextIOBase):
    """A stream that hands all that is written to it to the call, which writes to what was standard output before."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._before = sys.stdout

    def write(self, text: str | bytes) -> int:
        """click finds out by writing no bytes whether a stream takes them."""
        if not isinstance(text, str):
            raise TypeError("text only")
        # This stream stands in for standard output meanwhile: the call would write to itself for ever.
        with contextlib.redirect_stdout(self._before):
            self._call.out(text)
        return len(text)

    def writable(self) -> bool:
        return True


class Clicked:
    """A click command as a handler. `arguments` names the questions whose answers are words without an option,
    `fixed` are words it always gets.
    """

    def __init__(
        self,
        command: click.Command,
        questions: Sequence[Question] = (),
        *,
        arguments: Sequence[str] = (),
        fixed: Sequence[str] = (),
    ) -> None:
        self.command = command
        self.questions = tuple(questions)
        self.arguments = frozenset(arguments)
        self.fixed = tuple(fixed)

    def run(self, call: Call) -> Any:
        words: list[str] = []
        if call.interactive and not call.interview.words and self.questions:
            answers = call.ask_all(self.questions)
            words = self._options(answers)
        else:
            while (word := call.interview.next()) is not None:
                words.append(word)
        return run_click(call, self.command, [*self.fixed, *words])

    def _options(self, answers: Answers) -> list[str]:
        options: list[str] = []
        words: list[str] = []
        for name, value in answers.items():
            values = value if isinstance(value, list) else [value]
            for item in values:
                if name in self.arguments:
                    words.append(str(item))
                elif item is True:
                    options.append(f"--{name}")
                elif item is not False and item is not None:
                    options += [f"--{name}", str(item)]
        return [*options, "--", *words] if words else options

    def usage(self) -> Sequence[tuple[str, str]]:
        context = click.Context(self.command, info_name="")
        if isinstance(self.command, click.Group):
            found = []
            for name in self.command.list_commands(context):
                inner = self.command.get_command(context, name)
                if inner is not None:
                    found.append((_words(inner, name), inner.get_short_help_str(limit=200)))
            return found
        return ((_words(self.command, ""), self.command.get_short_help_str(limit=200)),)

    def complete(self, words: Sequence[str]) -> Sequence[str]:
        command = self.command
        context = click.Context(command)
        for word in words:
            if isinstance(command, click.Group) and (inner := command.get_command(context, word)):
                command = inner
        if isinstance(command, click.Group):
            return command.list_commands(context)
        return [
            option
            for parameter in command.params
            if isinstance(parameter, click.Option)
            and not parameter.hidden
            and "--control" not in parameter.opts
            for option in parameter.opts
            if option.startswith("--")
        ]


def _words(command: click.Command, name: str) -> str:
    pieces = [name] if name else []
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            shown = str(parameter.name).upper()
            pieces.append(f"[{shown} …]" if parameter.nargs == -1 else shown)
    if isinstance(command, click.Group):
        pieces.append("…")
    return " ".join(pieces)


# What an option may be for users who have no shell: no paths and no addresses, which root would open for them.
_HARMLESS = (click.Choice, click.IntRange, click.FloatRange)


def _harmless(parameter: click.Parameter) -> bool:
    kind = parameter.type
    return isinstance(kind, _HARMLESS) or kind in (click.BOOL, click.INT, click.FLOAT)


def refuse(call: Call, command: click.Command, words: Sequence[str]) -> None:
    """Raises NotPermitted for an option or argument that only who has a root shell may give."""
    if call.may(Right.SHELL):
        return
    rest = list(words)
    context: click.Context | None = None
    while True:
        context = command.make_context(command.name, rest, parent=context, ignore_unknown_options=False)
        for parameter in command.params:
            given = context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
            if given and not _harmless(parameter):
                raise NotPermitted(what=f"{call.command} with {parameter.name}", role=call.who.role)
        if not isinstance(command, click.Group):
            return
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        _, inner, rest = command.resolve_command(context, rest)
        if inner is None:
            return
        command = inner


def run_click(call: Call, command: click.Command, words: Sequence[str]) -> Any:
    """Run a click command; its output goes to the call, its JSON is the answer. Raises what it raises as ours."""
    caught = io.StringIO()
    stream = caught if call.as_json else cast(TextIO, _Lines(call))
    arguments = [*words]
    if call.as_json:
        arguments.insert(0, "--json") if not isinstance(command, click.Group) else arguments.append("--json")
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(cast(TextIO, _Lines(call))):
            refuse(call, command, arguments)
            status = command.main(args=arguments, prog_name=call.command, standalone_mode=False)
    except click.exceptions.Exit:
        return None  # --help
    except click.exceptions.NoArgsIsHelpError as error:
        call.say(error.format_message())
        return None
    except click.exceptions.Abort as error:
        raise Dialogue(what=call.command, instead="Add --yes") from error
    except click.ClickException as error:
        raise BadAnswer(name=call.command, why=error.format_message()) from error
    document = json.loads(caught.getvalue()) if call.as_json and caught.getvalue() else None
    if isinstance(status, int) and status != ExitStatus.OK:
        raise _ENDINGS.get(status, NotWell)(call.command, document)
    return document
