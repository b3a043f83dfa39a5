"""`listenerconfig edit … rcptaccess`: for whom a listener takes mail (G1, G24)."""

from __future__ import annotations

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
from gateway.console.call import Call, counted
from gateway.console.commands.tabletext import TableText
from gateway.console.errors import NoneThere
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.questions import Answers, Choice, Many, Question, Text, YesNo
from gateway.service.gate import recipient_table
from gateway.smtp.address import BadAddress
from gateway.smtp.domain import BadDomain


def menu(listener: str) -> Menu:
    """Everything about one listener's table."""

    rat = TableText(
        listener,
        "rat",
        "accepted_domains",
        recipient_table,
        parse_rat,
        format_rat,
        lambda made: {"entries": len(made.entries)},
    )
    table, put = rat.table, rat.put

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
        rat.store(call, "")
        call.say("Removed all recipients.")
        return {"listener": listener}

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
        *rat.operations(),
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
