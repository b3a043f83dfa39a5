"""`adminaccessconfig`, `sshconfig`: who gets as far as a login, and how."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.config import edit
from gateway.config.elements.administration import AdminAccess, Ssh, User
from gateway.console.call import Call, counted
from gateway.console.errors import BadAnswer
from gateway.console.fields import of_field, of_item
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Question
from gateway.console.settings import Settings

HOSTS = Listing(
    ("admin_access", "allowed_hosts"),
    "network",
    "host",
    (
        of_item(
            AdminAccess,
            "allowed_hosts",
            "host",
            "Please enter the IP address, range or CIDR block to allow (Ex: 10.0.0.0/8).",
        ),
    ),
)
BANNER = Settings(
    ("admin_access",),
    (of_field(AdminAccess, "banner", "Text before the login:", lines=True),),
)
WELCOME = Settings(
    ("admin_access",),
    (of_field(AdminAccess, "welcome", "Text after the login:", lines=True),),
)
TIMEOUT = Settings(
    ("admin_access",),
    (
        of_field(AdminAccess, "console_timeout", "Enter the CLI inactivity timeout in minutes:"),
        of_field(AdminAccess, "web_timeout", "Enter the WebUI inactivity timeout in minutes:"),
    ),
)
_HOSTS = of_field(AdminAccess, "allowed_hosts", "")
_EVERYTHING = Settings(("admin_access",), (_HOSTS, *BANNER.questions, *WELCOME.questions, *TIMEOUT.questions))

ADMINACCESSCONFIG = Menu(
    _EVERYTHING.show,
    Operation("BANNER", "The text before the login.", BANNER.action()),
    Operation("WELCOME", "The text after the login.", WELCOME.action()),
    Operation(
        "IPACCESS",
        "From where administrators may log in.",
        Menu(HOSTS.show, *HOSTS.operations()),
        changes=False,
    ),
    Operation("TIMEOUT", "Minutes without a key until logout.", TIMEOUT.action()),
)


def _users(call: Call, answers: Answers) -> Choice:
    return Choice([(user.user_name, user.user_name) for user in call.config.users])


_USER = Question("user_name", "Whose keys?", _users, lambda call, _: call.who.name)


def _of(call: Call, name: str) -> User:
    for user in call.config.users:
        if user.user_name == name:
            return user
    raise BadAnswer(name=name, why="the configuration has no such user")


def _add(call: Call, answers: Answers) -> Any:
    user = _of(call, answers["user_name"])
    keys = [*user.ssh_keys, answers["ssh_key"]]
    call.change(edit.update(call.config, ("users", user.user_name), ssh_keys=keys))
    call.say(f"{user.user_name} has {counted(len(keys), 'key')}.")
    return {"user_name": user.user_name, "ssh_keys": keys}


def _which(call: Call, answers: Answers) -> Choice:
    keys = _of(call, answers["user_name"]).ssh_keys
    return Choice(
        [(str(number), _short(key)) for number, key in enumerate(keys, 1)], lambda text: int(text) - 1
    )


def _short(key: str) -> str:
    kind, blob, *comment = key.split(None, 2)
    return f"{kind} …{blob[-12:]} {' '.join(comment)}".rstrip()


def _remove(call: Call, answers: Answers) -> Any:
    user = _of(call, answers["user_name"])
    keys = [key for number, key in enumerate(user.ssh_keys) if number != answers["which"]]
    call.change(edit.update(call.config, ("users", user.user_name), ssh_keys=keys))
    call.say(f"{user.user_name} has {counted(len(keys), 'key')}.")
    return {"user_name": user.user_name, "ssh_keys": keys}


def _print(call: Call, answers: Answers) -> Any:
    found = {user.user_name: list(user.ssh_keys) for user in call.config.users}
    for name, keys in found.items():
        call.say(f"{name}: {counted(len(keys), 'key')}")
        for number, key in enumerate(keys, 1):
            call.say(f"  {number}. {_short(key)}")
    return found


def _some(call: Call) -> bool:
    return any(user.ssh_keys for user in call.config.users)


_KEY = replace(of_item(User, "ssh_keys", "ssh_key", "Please enter the public SSH key."), rest=True)
KEYS = Menu(
    lambda call: _print(call, {}),
    Operation(
        "NEW",
        "Add a public key of a user.",
        Action(_add, (_USER, _KEY)),
    ),
    Operation(
        "DELETE",
        "Remove a key.",
        Action(_remove, (_USER, Question("which", "Which key?", _which))),
        shown=_some,
    ),
    Operation("PRINT", "List keys.", Action(_print), changes=False),
)
SSHD = Settings(
    ("ssh",),
    (
        of_field(Ssh, "port", "On which port shall the SSH server listen?"),
        of_field(Ssh, "password_login", "Allow logins with a passphrase, not only with keys?"),
        of_field(
            Ssh,
            "host_key_algorithms",
            "Host key algorithms, separated by commas, `none` for those of the release:",
        ),
    ),
)
SSHCONFIG = Menu(
    SSHD.show,
    Operation("SSHD", "Edit SSH server settings.", SSHD.action()),
    Operation("USERKEY", "Edit SSH user key settings.", KEYS, changes=False),
)
