"""`policyconfig` (G21) and `filters` (U21)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.config import edit
from gateway.config.elements.policies import MailPolicy, MessageFilter, PolicyUser
from gateway.console import exchange
from gateway.console.call import Call
from gateway.console.chosen import Chosen
from gateway.console.errors import NoneThere
from gateway.console.fields import of_field
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Question


def _policies(direction: str) -> Menu:
    path = (f"{direction}_policies",)
    listing = Listing(
        path,
        f"{direction} mail policy",
        "policy_name",
        (of_field(MailPolicy, "policy_name", "Enter the name for this policy:"),),
        element=MailPolicy,
        ordered=True,
        plural=f"{direction} mail policies",
    )

    def one(name: str) -> Menu:
        place = (*path, name)

        def users(call: Call) -> list[PolicyUser]:
            policy: MailPolicy = edit.get(call.config, place)
            return policy.users

        def show(call: Call) -> Any:
            found = users(call)
            if not found:
                call.say("There are no users; the policy is about nobody.")
            for number, user in enumerate(found, 1):
                call.say(f"{number}. {spell(user)}")
            return [user.model_dump(mode="json") for user in found]

        def new(call: Call, answers: Answers) -> Any:
            made = PolicyUser(senders=answers["senders"], recipients=answers["recipients"])
            call.change(edit.update(call.config, place, users=[*users(call), made]))
            call.say(f"Added {spell(made)}.")
            return made.model_dump(mode="json")

        def delete(call: Call, answers: Answers) -> Any:
            found = list(users(call))
            gone = found.pop(answers["which"])
            call.change(edit.update(call.config, place, users=found))
            call.say(f"Removed {spell(gone)}.")
            return gone.model_dump(mode="json")

        def which(call: Call, answers: Answers) -> Choice:
            found = users(call)
            if not found:
                raise NoneThere(noun="user", name="to choose", names="none")
            return Choice(
                [(str(n), spell(user)) for n, user in enumerate(found, 1)], lambda text: int(text) - 1
            )

        return Menu(
            show,
            Operation(
                "NEW",
                "Add a user.",
                Action(
                    new,
                    (
                        of_field(
                            PolicyUser, "senders", "Enter the senders, separated by commas, none for anybody:"
                        ),
                        of_field(
                            PolicyUser,
                            "recipients",
                            "Enter the recipients, separated by commas, none for anybody:",
                        ),
                    ),
                ),
            ),
            Operation(
                "DELETE",
                "Remove a user.",
                Action(
                    delete, (Question("which", "Enter the number of the user you wish to remove.", which),)
                ),
            ),
            Operation("PRINT", "List all users.", Action(lambda call, _: show(call)), changes=False),
        )

    operations = {operation.name: operation for operation in listing.operations()}
    return Menu(
        listing.show,
        operations["NEW"],
        replace(operations["EDIT"], handler=Chosen(listing, one), changes=False),
        *(operation for name, operation in operations.items() if name not in ("NEW", "EDIT")),
    )


def spell(user: PolicyUser) -> str:
    """``anybody to alice@example.com``."""
    return f"{', '.join(user.senders) or 'anybody'} to {', '.join(user.recipients) or 'anybody'}"


POLICYCONFIG = Menu(
    None,
    Operation("INCOMING", "Mail from the Internet.", _policies("incoming"), changes=False),
    Operation("OUTGOING", "Mail of your own hosts.", _policies("outgoing"), changes=False),
)

FILTERS = Listing(
    ("message_filters",),
    "filter",
    "filter_name",
    (
        of_field(MessageFilter, "filter_name", "Enter a name for the filter."),
        of_field(MessageFilter, "active", "Shall it be active?"),
        of_field(MessageFilter, "rule", "Enter the filter.", lines=True),
    ),
    element=MessageFilter,
    ordered=True,
    columns=("filter_name", "active"),
)


def _set(call: Call, answers: Answers) -> Any:
    chosen: MessageFilter = FILTERS.entries(call)[answers["which"]]
    call.change(edit.update(call.config, ("message_filters", chosen.filter_name), active=answers["active"]))
    call.say(f"Filter {chosen.filter_name} is {'active' if answers['active'] else 'inactive'}.")
    return {"filter_name": chosen.filter_name, "active": answers["active"]}


def _detail(call: Call, answers: Answers) -> Any:
    chosen: MessageFilter = FILTERS.entries(call)[answers["which"]]
    call.say(f"{chosen.filter_name}: {'active' if chosen.active else 'inactive'}")
    call.say(chosen.rule)
    return chosen.model_dump(mode="json")


def text_of(filters: list[MessageFilter]) -> str:
    """``name: rule``, a blank line between two, as the incumbent exports them."""
    return "\n\n".join(f"{one.filter_name}: {one.rule.strip()}" for one in filters) + (
        "\n" if filters else ""
    )


def filters_of(text: str) -> list[MessageFilter]:
    """What `text_of` wrote, or an administrator: filters separated by blank lines. Raises ValueError."""
    found = []
    for number, block in enumerate((part for part in text.split("\n\n") if part.strip()), 1):
        lines = [line for line in block.splitlines() if not line.lstrip().startswith("#")]
        name, colon, rule = "\n".join(lines).strip().partition(":")
        if not colon or not rule.strip():
            raise ValueError(f"filter {number} must begin with its name and a colon")
        found.append(MessageFilter(filter_name=name.strip(), rule=rule.strip()))
    return found


def _take(call: Call, text: str) -> Any:
    found = filters_of(text)
    call.change(edit.put(call.config, ("message_filters",), found))
    return {"filters": len(found)}


_ACTIVE = Question("active", "Shall it be active?", of_field(MessageFilter, "active", "").kind, True)
FILTERS_COMMAND = Menu(
    FILTERS.show,
    *FILTERS.operations(),
    Operation("SET", "Activate or deactivate a filter.", Action(_set, (FILTERS.chooser("set"), _ACTIVE))),
    Operation("DETAIL", "Show a filter.", Action(_detail, (FILTERS.chooser("see"),)), changes=False),
    *exchange.operations("filters", lambda call: text_of(FILTERS.entries(call)), _take),
)
