"""`showconfig`, `saveconfig`, `mailconfig`, `loadconfig`, `resetconfig`, `rollbackconfig`: configurations as files."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.config import xml
from gateway.config.errors import ConfigUnreadable, NetworkQuestion
from gateway.config.loading import NETWORK, Loaded, Loading, Network
from gateway.config.machine import identify
from gateway.config.mailing import message, send
from gateway.config.model import Config
from gateway.config.saving import Saving
from gateway.config.secrets import Opener, Passwords, family, is_everybodys
from gateway.console.call import Call
from gateway.console.handlers import Action
from gateway.console.questions import Answers, Choice, Question, Text, YesNo
from gateway.console.roles import Right
from gateway.smtp.address import BadAddress, parse_mailbox
from mailward.errors import Rejected

FOLDER = "configuration"
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}\.xml")


class PlainNotForYou(Rejected):
    key = "console.plain"
    sentence = "Only an administrator may see or save passwords"
    remedy = "Choose masked passwords"


PASSWORDS = Question(
    "passwords",
    "Choose the password option:",
    Choice(
        [
            (
                "masked",
                "Mask passwords (Files with masked passwords cannot be loaded using loadconfig command)",
            ),
            ("encrypted", "Encrypt passwords"),
            ("plain", "Plain passwords"),
        ],
        Passwords,
    ),
    Passwords.MASKED,
)
PASSPHRASE = Question(
    "passphrase",
    "Passphrase they are encrypted with, `none` for that of the machine family:",
    Text(blank=True),
    "",
    asked=False,
)


def _saving(call: Call, passwords: Passwords) -> Saving:
    if passwords is not Passwords.MASKED and not call.may(Right.ADMINISTER):
        raise PlainNotForYou()
    secret = family(call.desk.root)
    if passwords is Passwords.ENCRYPTED and is_everybodys(secret):
        call.say("Note: without a key of the site every Mailward can decrypt these passwords.")
    return Saving(identify(call.desk.root), _now(call), passwords, secret)


def _now(call: Call) -> datetime:
    return datetime.fromtimestamp(call.desk.now(), UTC)


def _show(call: Call, answers: Answers) -> Any:
    passwords = Passwords.MASKED if answers["mask"] else Passwords.PLAIN
    text = _saving(call, passwords).text(call.config).decode("iso-8859-1")
    call.say(text.rstrip("\n"))
    return {"xml": text}


SHOWCONFIG = Action(
    _show,
    (
        Question(
            "mask",
            "Do you want to mask the password? Files with masked passwords cannot be loaded using loadconfig command.",
            YesNo(),
            True,
        ),
    ),
    "With the changes that are not committed.",
)


def _file_name(text: str) -> str:
    if text and (not _FILE.fullmatch(text) or text == "config.xml"):
        raise ValueError("must be letters, digits and . _ -, end in .xml, and not be config.xml")
    return text


def _save(call: Call, answers: Answers) -> Any:
    folder = call.desk.root / FOLDER
    path = _saving(call, answers["passwords"]).save(call.config, folder, answers["file"])
    call.say(f'File written on machine "{call.config.hostname}" to the location\n"/{FOLDER}/{path.name}".')
    return {"file": path.name, "passwords": answers["passwords"].value}


SAVECONFIG = Action(
    _save,
    (
        PASSWORDS,
        Question(
            "file",
            "Enter a file name, blank for one made of model, serial and time:",
            Text(_file_name, blank=True),
            "",
            asked=False,
        ),
    ),
    "To a file in /configuration.",
)


def _address(text: str) -> str:
    try:
        parse_mailbox(text)
    except BadAddress as error:
        raise ValueError(f"must be a mail address: {error}") from error
    return text


def _mail(call: Call, answers: Answers) -> Any:
    saving = _saving(call, answers["passwords"])
    config = call.config
    name = saving.machine.file_name(saving.now)
    mail = message(config, [answers["address"]], name, saving.text(config), saving.now)
    mid = send(call.desk, config, [answers["address"]], mail)
    call.say(f"The configuration file has been sent to {answers['address']}.")
    return {"address": answers["address"], "file": name, "mid": mid}


MAILCONFIG = Action(
    _mail,
    (
        Question(
            "address",
            "Please enter the email address to which you want to send the configuration file.",
            Text(_address),
        ),
        PASSWORDS,
    ),
)

NETWORK_CHOICE = Question(
    "network",
    "The file is of another machine. What is to be done with its network settings?",
    Choice([("keep", "Keep those of this machine"), ("take", "Take those of the file")], Network),
)


def saved_files(root: Path) -> list[str]:
    """What `saveconfig` left, and people put there."""
    return sorted(path.name for path in (root / FOLDER).glob("*.xml") if path.name != "config.xml")


def _files(call: Call, answers: Answers) -> Choice:
    return Choice([(name, name) for name in saved_files(call.desk.root)])


def _read(path: Path) -> bytes:
    if path.is_symlink():  # whoever may put files there is not to read others through us
        raise ConfigUnreadable(path=path, why="it is a link")
    return xml.read(path)


def _load(call: Call, answers: Answers) -> Any:
    if answers["how"] == "file":
        name = answers["file"]
        text = _read(call.desk.root / FOLDER / name)
    else:
        name = "text"
        text = answers["text"].encode()
    network = Network(answers["network"]) if answers["network"] else None
    try:
        loaded = _loaded(call, text, name, answers, network)
    except NetworkQuestion:
        if not call.interactive:
            raise
        loaded = _loaded(call, text, name, answers, call.ask(NETWORK_CHOICE))
    for notice in loaded.notices:
        call.say(f"{notice.kind}: {notice}")
    call.change(loaded.config)
    call.say('Values have been loaded. Be sure to run "commit" to make these settings active.')
    return {"loaded": name, "notices": [str(notice) for notice in loaded.notices]}


def _loaded(call: Call, text: bytes, name: str, answers: Answers, network: Network | None) -> Loaded:
    opener = Opener(family(call.desk.root), passphrase=answers.get("passphrase") or "")
    return Loading(
        identify(call.desk.root), call.config, opener, _now(call), partial=answers["partial"], network=network
    ).load(text, name)


LOADCONFIG = Action(
    _load,
    (
        Question(
            "how",
            "How is the configuration to be loaded?",
            Choice([("file", "Load from file"), ("paste", "Paste via CLI")]),
            "file",
        ),
        Question(
            "file", "Enter the name of the file to import:", _files, when=lambda _, a: a["how"] == "file"
        ),
        Question(
            "text", "Paste the configuration.", Text(), when=lambda _, a: a["how"] == "paste", lines=True
        ),
        Question("partial", "Is it a part of a configuration, to go into the present one?", YesNo(), False),
        Question("network", "keep or take", Choice([("keep", "keep"), ("take", "take")]), "", asked=False),
        PASSPHRASE,
    ),
    "Whole or in part, from /configuration or pasted; `commit` makes it active.",
)


def _reset(call: Call, answers: Answers) -> Any:
    call.confirm("Are you sure you want to reset all configuration values?")
    config = call.config
    kept = (
        {name: getattr(config, name) for name in NETWORK}
        if answers["keep_network"]
        else {"hostname": config.hostname}
    )
    call.change(Config.model_validate(kept))
    call.say(
        'All settings are as they come from the factory. Be sure to run "commit" to make these settings active.'
    )
    return {"reset": True, "network_kept": answers["keep_network"]}


RESETCONFIG = Action(
    _reset,
    (Question("keep_network", "Do you want to keep the network settings?", YesNo(), True),),
)


def _revisions(call: Call, answers: Answers) -> Choice:
    choices = [
        (
            f"r{record.stamp.number}",
            f"{record.stamp.when:%a %b %d %H:%M:%S %Y}  {record.stamp.who}  {record.stamp.comment}".rstrip(),
        )
        for record in call.desk.store.history()
    ]
    return Choice(choices, lambda text: int(text.removeprefix("r")))


def _rollback(call: Call, answers: Answers) -> Any:
    number: int = answers["revision"]
    call.need(Right.CONFIGURE)
    call.confirm("Your changes that are not committed are dropped. Are you sure you want to roll back?")
    call.desk.store.rollback(number, call.who.name)
    call.say(f'Revision {number} is your configuration now. Be sure to run "commit" to make it active.')
    return {"revision": number}


def _list(call: Call) -> Any:
    found = [
        {
            "revision": record.stamp.number,
            "when": record.stamp.when.isoformat(),
            "who": record.stamp.who,
            "comment": record.stamp.comment,
        }
        for record in call.desk.store.history()
    ]
    call.table(
        ["Revision", "When (UTC)", "Who", "Comment"],
        [(x["revision"], str(x["when"])[:19], x["who"], x["comment"]) for x in found],
    )
    return found


class Rollback(Action):
    """In a batch call without words it lists, so that one can choose."""

    def run(self, call: Call) -> Any:
        if not call.interactive and not call.interview.words:
            return _list(call)
        return super().run(call)


ROLLBACKCONFIG = Rollback(
    _rollback,
    (Question("revision", "Choose the revision to go back to.", _revisions),),
    "A batch call without words lists the revisions.",
)
