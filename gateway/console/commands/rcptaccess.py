"""`listenerconfig edit … rcptaccess`: for whom a listener takes mail (G1, G24)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.access import editing
from gateway.access.rat import (
    ALL,
    Option,
    RatEntry,
    RecipientAccessTable,
    RecipientRule,
    format_rat,
    format_recipient,
    parse_rat,
    parse_recipient,
)
from gateway.access.tokens import BadTable
from gateway.config import edit
from gateway.console import exchange
from gateway.console.call import Call, counted
from gateway.console.errors import Invalid, NoneThere
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.questions import Answers, Choice, Many, Question, Text, YesNo
from gateway.service.gate import recipient_table
from gateway.smtp.address import BadAddress
from gateway.smtp.domain import BadDomain


def menu(listener: str) -> Menu:
    """Everything about one listener's table."""

    def table(call: Call) -> RecipientAccessTable:
        return recipient_table(edit.get(call.config, ("listeners", listener)))

    def store(call: Call, text: str) -> None:
        call.change(edit.update(call.config, ("listeners", listener), rat=text, accepted_domains=[]))

    def put(
        call: Call, change: Callable[[RecipientAccessTable], RecipientAccessTable]
    ) -> RecipientAccessTable:
        try:
            made = change(table(call))
            store(call, format_rat(made))
        except ValueError as error:
            raise Invalid(why=str(error)) from error
        return made

    def choice(entries: tuple[RatEntry, ...]) -> Choice:
        names = [format_recipient(entry.recipient) for entry in entries]
        return Choice([(name, name) for name in names], parse_recipient)

    def any_entry(call: Call, answers: Answers) -> Choice:
        return choice(table(call).entries)

    def above_all(call: Call, answers: Answers) -> Choice:
        entries = table(call).entries[:-1]
        if not entries:
            raise NoneThere(noun="recipient", name="to choose", names="none")
        return choice(entries)

    def now(call: Call, answers: Answers) -> RatEntry:
        return next(one for one in table(call).entries if one.recipient == answers["recipient"])

    def new(call: Call, answers: Answers) -> Any:
        def change(old: RecipientAccessTable) -> RecipientAccessTable:
            for recipient in answers["recipients"]:
                old = editing.put_recipient(
                    old, RatEntry(recipient, answers["rule"], _options(answers)), new=True
                )
            return old

        put(call, change)
        call.say(f"Added {counted(len(answers['recipients']), 'recipient')}.")
        return {"recipients": answers["recipients"], "rule": answers["rule"]}

    def change_entry(call: Call, answers: Answers) -> Any:
        old = now(call, answers)
        made = RatEntry(old.recipient, answers["rule"], _options(answers), None, old.comment)
        put(call, lambda before: editing.put_recipient(before, made, new=False))
        call.say(f"Changed {format_recipient(old.recipient)}.")
        return {"recipient": old.recipient, "rule": answers["rule"]}

    def delete(call: Call, answers: Answers) -> Any:
        put(call, lambda old: editing.remove_recipient(old, answers["recipient"]))
        call.say(f"Removed {format_recipient(answers['recipient'])}.")
        return {"removed": answers["recipient"]}

    def clear(call: Call, answers: Answers) -> Any:
        call.confirm("Are you sure you want to remove all recipients? No mail is accepted then.")
        store(call, "")
        call.say("Removed all recipients.")
        return {"listener": listener}

    def take(call: Call, text: str) -> Any:
        try:
            made = parse_rat(text)
        except BadTable as error:
            raise ValueError(str(error)) from error
        store(call, text)
        return {"entries": len(made.entries)}

    def print_all(call: Call, answers: Answers) -> Any:
        text = format_rat(table(call))
        call.say(text.rstrip("\n"))
        return {"rat": text}

    rules = Choice([(rule.value, rule.value.capitalize()) for rule in RecipientRule], RecipientRule)
    bypass = Question("bypass", "Shall limits per hour not hold for these recipients?", YesNo(), False)
    return Menu(
        lambda call: _show(call, table(call)),
        Operation(
            "NEW",
            "Create a new entry.",
            Action(
                new,
                (
                    Question(
                        "recipients",
                        "Enter the recipients, separated by commas: domains, .partial.domains, addresses, user@.",
                        Many(Text(_recipient), 1),
                    ),
                    Question("rule", "Select an action to apply to them:", rules, RecipientRule.ACCEPT),
                    bypass,
                ),
            ),
        ),
        Operation(
            "EDIT",
            "Modify an entry.",
            Action(
                change_entry,
                (
                    Question(
                        "recipient", "Enter the number or name of the entry you wish to edit.", any_entry
                    ),
                    Question(
                        "rule",
                        "Select an action to apply:",
                        rules,
                        lambda call, answers: now(call, answers).rule,
                    ),
                    Question(
                        "bypass",
                        bypass.prompt,
                        YesNo(),
                        lambda call, answers: Option.BYPASS_RECEIVING_CONTROL in now(call, answers).options,
                    ),
                ),
            ),
        ),
        Operation(
            "DELETE",
            "Remove an entry.",
            Action(delete, (Question("recipient", "Which entry do you wish to remove?", above_all),)),
        ),
        Operation("PRINT", "Display the table.", Action(print_all), changes=False),
        *exchange.operations("the table", lambda call: format_rat(table(call)), take),
        Operation("CLEAR", "Remove all entries.", Action(clear)),
    )


def _options(answers: Answers) -> frozenset[Option]:
    return frozenset({Option.BYPASS_RECEIVING_CONTROL} if answers["bypass"] else ())


def _recipient(text: str) -> str:
    try:
        found = parse_recipient(text)
    except (BadAddress, BadDomain) as error:
        raise ValueError(str(error)) from error
    if found == ALL:
        raise ValueError("ALL is there already; `edit` changes what it does")
    return found


def _show(call: Call, table: RecipientAccessTable) -> Any:
    rows = [
        (f"{number}.", format_recipient(entry.recipient), entry.rule, ", ".join(sorted(entry.options)))
        for number, entry in enumerate(table.entries, 1)
    ]
    call.table(["", "recipient", "action", ""], rows)
    return [
        {"recipient": entry.recipient, "rule": entry.rule, "options": sorted(entry.options)}
        for entry in table.entries
    ]
