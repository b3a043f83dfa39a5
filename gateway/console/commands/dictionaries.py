"""`dictionaryconfig` (G11, G12) and `textconfig` (G23, U23)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from gateway.config import edit
from gateway.config.elements.resources import (
    DICTIONARIES,
    DICTIONARIES_AT_MOST,
    ContentDictionary,
    DictionaryEntry,
    TextResource,
)
from gateway.config.types import name as new_name
from gateway.console import exchange
from gateway.console.call import Call
from gateway.console.chosen import Chosen
from gateway.console.fields import clause, of_field
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Question, Text
from gateway.console.settings import Settings

PATH = ("content_dictionaries",)
_HOW = (
    of_field(ContentDictionary, "ignore_case", "Do you wish to ignore case for terms?"),
    of_field(ContentDictionary, "whole_words", "Do you wish to match whole words only?"),
)
BOOKS = Listing(
    PATH,
    "content dictionary",
    "dictionary_name",
    (of_field(ContentDictionary, "dictionary_name", "Enter a name for this content dictionary."), *_HOW),
    element=ContentDictionary,
    columns=("dictionary_name", "ignore_case", "whole_words"),
    plural="content dictionaries",
)


def _entries(name: str) -> Listing:
    return Listing(
        (*PATH, name, "entries"),
        "term",
        "term",
        (
            of_field(DictionaryEntry, "term", "Enter the word, the regular expression, or a smart identifier\n"
                     "(*credit, *ssn, *cusip, *aba)."),
            of_field(DictionaryEntry, "weight", "Enter its weight, 0 to 10:"),
            of_field(DictionaryEntry, "prefix", "Shall it count only behind its keyword?",
                     when=lambda _, answers: str(answers.get("term", "")).startswith("*")),
        ),
        element=DictionaryEntry,
    )  # fmt: skip


def entries_of(text: str) -> list[DictionaryEntry]:
    """``term, weight, prefix`` line by line, as the incumbent exports them. Raises ValueError with every bad line."""
    found, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.rsplit(",", 2)]
        fields: dict[str, Any] = {}
        if len(parts) == 3 and parts[2].lower() == "prefix":
            fields["prefix"] = True
            parts = parts[:2]
        elif len(parts) == 3:
            parts = [part.strip() for part in line.rsplit(",", 1)]
        if len(parts) == 2 and parts[1].isdigit():
            fields["weight"] = int(parts[1])
        else:
            parts = [line.strip()]
        # A term that begins with the comment's sign is written as the incumbent does.
        fields["term"] = parts[0].replace("[#]", "#", 1) if parts[0].startswith("[#]") else parts[0]
        try:
            found.append(DictionaryEntry.model_validate(fields))
        except ValidationError as error:
            problems.append(f"line {number}: {clause(error)}")
    if problems:
        raise ValueError("; ".join(problems))
    return found


def text_of(entries: list[DictionaryEntry]) -> str:
    lines = []
    for entry in entries:
        term = f"[#]{entry.term[1:]}" if entry.term.startswith("#") else entry.term
        lines.append(f"{term}, {entry.weight}" + (", prefix" if entry.prefix else ""))
    return "".join(f"{line}\n" for line in lines)


def _one(name: str) -> Menu:
    entries = _entries(name)

    def take(call: Call, text: str) -> Any:
        found = entries_of(text)
        entries.put(call, found)
        return {"terms": len(found)}

    return Menu(
        entries.show,
        *entries.operations(),
        Operation(
            "RENAME",
            "Rename this dictionary.",
            Settings(
                (*PATH, name), (of_field(ContentDictionary, "dictionary_name", "Enter the new name:"),)
            ).action(),
        ),
        Operation("SETTINGS", "How its terms are matched.", Settings((*PATH, name), _HOW).action()),
        *exchange.operations("the terms", lambda call: text_of(entries.entries(call)), take),
    )


def _limit(call: Call, answers: Answers) -> Any:
    call.change(edit.update(call.config, (), dictionary_limit=answers["limit"]))
    call.say(f"Up to {answers['limit']} content dictionaries can be there.")
    return {"dictionary_limit": answers["limit"]}


LIMITS = Action(
    _limit,
    (
        Question(
            "limit",
            f"How many content dictionaries may there be? {DICTIONARIES} come as they are, {DICTIONARIES_AT_MOST} "
            "cost memory.",
            Choice(
                [
                    (str(DICTIONARIES), str(DICTIONARIES)),
                    (str(DICTIONARIES_AT_MOST), str(DICTIONARIES_AT_MOST)),
                ],
                int,
            ),
            lambda call, _: call.config.dictionary_limit,
        ),
    ),
)
_BOOKS = {operation.name: operation for operation in BOOKS.operations()}
DICTIONARYCONFIG = Menu(
    BOOKS.show,
    replace(_BOOKS["NEW"], summary="Create a new content dictionary."),
    replace(
        _BOOKS["EDIT"], summary="Modify a content dictionary.", handler=Chosen(BOOKS, _one), changes=False
    ),
    _BOOKS["DELETE"],
    _BOOKS["PRINT"],
    _BOOKS["CLEAR"],
    Operation("DICTIONARYLIMITS", "How many content dictionaries there may be.", LIMITS),
)

TEXTS = Listing(
    ("text_resources",),
    "text resource",
    "text_name",
    (
        # U23: names with spaces are carried over; new ones follow G23.
        of_field(TextResource, "text_name", "Enter a name for the text resource.", kind=Text(new_name)),
        of_field(TextResource, "kind", "What kind of text is it?"),
        of_field(TextResource, "text", "Enter the text.", lines=True),
    ),
    element=TextResource,
    columns=("text_name", "kind"),
)


def _show_text(call: Call, answers: Answers) -> Any:
    found: TextResource = TEXTS.entries(call)[answers["which"]]
    call.say(found.text)
    return found.model_dump(mode="json")


def _one_text(name: str) -> Menu:
    path = ("text_resources", name)

    def take(call: Call, text: str) -> Any:
        call.change(edit.update(call.config, path, text=text))
        return {"text_name": name}

    def text(call: Call) -> str:
        found: TextResource = edit.get(call.config, path)
        return found.text

    return Menu(
        lambda call: call.say(text(call)),
        Operation(
            "TEXT",
            "Enter another text.",
            Settings(path, (of_field(TextResource, "text", "Enter the text.", lines=True),)).action(),
        ),
        Operation(
            "RENAME",
            "Rename it.",
            Settings(
                path, (of_field(TextResource, "text_name", "Enter the new name:", kind=Text(new_name)),)
            ).action(),
        ),
        *exchange.operations("the text", text, take),
    )


_TEXTS = {operation.name: operation for operation in TEXTS.operations()}
TEXTCONFIG = Menu(
    TEXTS.show,
    replace(_TEXTS["NEW"], summary="Create a new text resource."),
    replace(
        _TEXTS["EDIT"], summary="Modify a text resource.", handler=Chosen(TEXTS, _one_text), changes=False
    ),
    _TEXTS["DELETE"],
    Operation("PRINT", "Display a text.", Action(_show_text, (TEXTS.chooser("display"),)), changes=False),
    Operation("LIST", "List all text resources.", Action(lambda call, _: TEXTS.show(call)), changes=False),
    _TEXTS["CLEAR"],
)
