"""`aliasconfig`, `addresslistconfig`, `exceptionconfig`, `altsrchost`: tables of addresses."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from gateway.config import edit
from gateway.config.elements.access import SenderException
from gateway.config.elements.delivery import SourceRule
from gateway.config.elements.resources import AddressList, Alias
from gateway.console import exchange
from gateway.console.call import Call
from gateway.console.fields import clause, of_field
from gateway.console.handlers import Menu
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Kind

ALIASES = Listing(
    ("aliases",),
    "alias",
    "alias",
    (
        of_field(Alias, "alias", "Enter the alias: an address, a domain or a .partial.domain."),
        of_field(Alias, "targets", "Enter the addresses it stands for, separated by commas."),
    ),
    element=Alias,
    plural="aliases",
)


def aliases_of(text: str) -> list[Alias]:
    """``alias: target, target`` line by line. Raises ValueError with every line that is wrong."""
    found, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        alias, colon, targets = content.partition(":")
        if not colon:
            problems.append(f"line {number}: must be `alias: address, address`")
            continue
        try:
            wanted = [target.strip() for target in targets.split(",") if target.strip()]
            found.append(Alias.model_validate({"alias": alias.strip(), "targets": wanted}))
        except ValidationError as error:
            problems.append(f"line {number}: {clause(error)}")
    if problems:
        raise ValueError("; ".join(problems))
    return found


def text_of(aliases: list[Alias]) -> str:
    return "".join(f"{alias.alias}: {', '.join(alias.targets)}\n" for alias in aliases)


def _take(call: Call, text: str) -> Any:
    found = aliases_of(text)
    call.change(edit.put(call.config, ("aliases",), found))
    return {"aliases": len(found)}


ALIASCONFIG = Menu(
    ALIASES.show,
    *ALIASES.operations(),
    *exchange.operations("aliases", lambda call: text_of(ALIASES.entries(call)), _take),
)

LISTS = Listing(
    ("address_lists",),
    "address list",
    "list_name",
    (
        of_field(AddressList, "list_name", "Enter a name for the address list:"),
        of_field(AddressList, "description", "Enter a description, none for none:"),
        of_field(AddressList, "kind", "What are its entries?"),
        of_field(AddressList, "addresses", "Enter its entries, separated by commas."),
    ),
    element=AddressList,
)
ADDRESSLISTCONFIG = Menu(LISTS.show, *LISTS.operations())

EXCEPTIONS = Listing(
    ("sender_verification_exceptions",),
    "exception",
    "sender",
    (
        of_field(
            SenderException, "sender", "Enter the sender: an address, user@, a domain or a .partial.domain."
        ),
        of_field(SenderException, "behavior", "What happens to it, without asking DNS about its domain?"),
    ),
    element=SenderException,
)
EXCEPTIONCONFIG = Menu(EXCEPTIONS.show, *EXCEPTIONS.operations())


def _interfaces(call: Call, answers: Answers) -> Kind:
    return Choice([(one.interface_name, one.interface_name) for one in call.config.ip_interfaces])


RULES = Listing(
    ("source_rules",),
    "mapping",
    "match",
    (
        of_field(
            SourceRule,
            "match",
            "Enter the sender (user@example.com, @example.com, .example.com) or client network.",
        ),
        of_field(SourceRule, "interface_name", "Which interface does its mail leave by?", kind=_interfaces),
    ),
    element=SourceRule,
)
ALTSRCHOST = Menu(RULES.show, *RULES.operations())
