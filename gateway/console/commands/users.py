"""`userconfig`, `passwd`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.config import edit
from gateway.config.elements.administration import PasswordPolicy, User
from gateway.console.call import Call
from gateway.console.fields import of_field
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.identity import ADMIN
from gateway.console.listing import Listing
from gateway.console.passwords import crypted, held_to
from gateway.console.questions import Answers, Kind, Question, Text
from gateway.console.settings import Settings
from mailward.errors import Rejected


class NoPassword(Rejected):
    key = "console.no-password"
    sentence = "{name} has no passphrase in the configuration"
    remedy = "Make the user one of the configuration first: `userconfig new`"


class LastAdministrator(Rejected):
    key = "console.own-account"
    sentence = "You cannot take away your own account"
    remedy = "Another administrator can"


def _policy(call: Call, answers: Answers) -> Kind:
    policy = call.config.admin_access.password_policy
    return Text(lambda text: held_to(text, policy))


PASSPHRASE = Question("passphrase", "Enter the new passphrase.", _policy, secret=True)


def _hashed(call: Call, answers: Answers, old: Any) -> Answers:
    kept = {name: value for name, value in answers.items() if name != "passphrase"}
    if "passphrase" in answers:
        kept["password_hash"] = crypted(answers["passphrase"])
    return kept


USERS = Listing(
    ("users",),
    "user",
    "user_name",
    (
        of_field(User, "user_name", "Enter the new username."),
        of_field(User, "full_name", "Enter the full name."),
        of_field(User, "role", "Assign a role:"),
        PASSPHRASE,
    ),
    element=User,
    columns=("user_name", "full_name", "role", "enabled"),
    finish=_hashed,
)


def _show(call: Call) -> Any:
    call.say("Users:")
    found = [{**user, "password_hash": bool(user["password_hash"])} for user in USERS.show(call)]
    if not any(user["user_name"] == ADMIN for user in found):
        call.say(f"Beside these there is {ADMIN}, with the credentials of the first boot.")
    return found


def _delete(call: Call, answers: Answers) -> Any:
    entries = USERS.entries(call)
    gone = entries.pop(answers["which"])
    if gone.user_name == call.who.name:
        raise LastAdministrator()
    call.confirm(f"Are you sure you want to delete {gone.user_name}?")
    USERS.put(call, entries)
    call.say(f"Removed user {gone.user_name}.")
    return {"removed": gone.user_name}


def _chosen(call: Call, answers: Answers) -> User:
    user: User = USERS.entries(call)[answers["which"]]
    return user


def _change_passphrase(call: Call, answers: Answers) -> Any:
    user = _chosen(call, answers)
    path = ("users", user.user_name)
    call.change(edit.update(call.config, path, password_hash=crypted(answers["passphrase"])))
    call.say(f"Passphrase of {user.user_name} changed.")
    return {"user_name": user.user_name}


def _enable(call: Call, answers: Answers) -> Any:
    user = _chosen(call, answers)
    if user.user_name == call.who.name and not answers["enabled"]:
        raise LastAdministrator()
    call.change(edit.update(call.config, ("users", user.user_name), enabled=answers["enabled"]))
    call.say(f"User {user.user_name} is {'enabled' if answers['enabled'] else 'disabled'}.")
    return {"user_name": user.user_name, "enabled": answers["enabled"]}


_CHOSEN = USERS.chooser("edit")
POLICY = Settings(
    ("admin_access", "password_policy"),
    (
        of_field(PasswordPolicy, "minimum_length", "Enter the minimum number of characters."),
        of_field(PasswordPolicy, "upper_and_lower", "Require upper and lower case letters?"),
        of_field(PasswordPolicy, "digit", "Require a digit?"),
        of_field(PasswordPolicy, "special", "Require a special character?"),
    ),
)
_LIST = {operation.name: operation for operation in USERS.operations(clear=False)}

USERCONFIG = Menu(
    _show,
    replace(_LIST["NEW"], summary="Create a new account."),
    replace(_LIST["EDIT"], summary="Modify an account."),
    replace(
        _LIST["DELETE"],
        summary="Remove an account.",
        handler=Action(_delete, (USERS.chooser("remove"),)),
    ),
    Operation(
        "PASSPHRASE",
        "Change the passphrase of an account.",
        Action(_change_passphrase, (_CHOSEN, PASSPHRASE)),
        shown=lambda call: bool(USERS.entries(call)),
    ),
    Operation(
        "ENABLE",
        "Enable or disable an account.",
        Action(_enable, (_CHOSEN, of_field(User, "enabled", "Shall the account be enabled?"))),
        shown=lambda call: bool(USERS.entries(call)),
    ),
    Operation("POLICY", "What a passphrase must be.", POLICY.action()),
    _LIST["PRINT"],
)


def _passwd(call: Call, answers: Answers) -> Any:
    """One's own passphrase is in effect at once: a candidate of its own is made and committed, others' changes and
    one's own that wait are not touched.
    """
    store, name = call.desk.store, call.who.name
    running = store.running().config
    if name not in [user.user_name for user in running.users]:
        raise NoPassword(name=name)
    made = crypted(answers["passphrase"])
    session = f"{name}.passwd"
    store.clear(session)
    store.edit(session, edit.update(running, ("users", name), password_hash=made))
    store.commit(session, f"{name} changed the passphrase", call.desk.applier())
    call.say("Passphrase changed.")
    return {"user_name": name}


PASSWD = Action(_passwd, (PASSPHRASE,), "Your own, at once.")
