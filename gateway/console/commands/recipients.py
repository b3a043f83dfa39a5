"""Messages in the queue: `showrecipients`, `deleterecipients`, `bouncerecipients`, `redirectrecipients`, `showmessage`,
`removemessage`, `archivemessage`, `oldmessage`.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any

from gateway.commands.options import age, size, when
from gateway.console.call import Call, counted
from gateway.console.errors import BadAnswer, NoneThere
from gateway.console.handlers import Action
from gateway.console.questions import Answers, Choice, Number, Question, Text

LONG = 600.0  # seconds an action over a large queue may take
SHOWN = 100
OWNER = "mailward"

_BY = [
    ("host", "By recipient domain."),
    ("sender", "By Envelope From address."),
    ("recipient", "By recipient address."),
    ("subject", "By subject."),
    ("all", "All."),
]
_FIELDS = {"host": "domain", "sender": "sender", "recipient": "recipient", "subject": "subject"}


def _questions(verb: str) -> tuple[Question, ...]:
    return (
        Question("by", f"Please select how you would like to {verb} messages:", Choice(_BY), "host"),
        Question(
            "value",
            f"Please enter what to look for in the messages you wish to {verb}.",
            Text(),
            when=lambda _, answers: answers["by"] != "all",
        ),
    )


def _selection(answers: Answers) -> dict[str, Any]:
    return {} if answers["by"] == "all" else {_FIELDS[answers["by"]]: answers["value"]}


def _show(call: Call, answers: Answers) -> Any:
    found = call.desk.service(LONG).ask("queue.show", limit=SHOWN, **_selection(answers))
    now = call.desk.now()
    messages = sorted(found["messages"], key=lambda message: message["mid"])
    call.table(
        ["MID/", "Age", "Size", "Attempts", "From", "To", "Last response"],
        [
            (
                message["mid"],
                age(now - message["received"]),
                size(message["size"]),
                message["attempts"],
                f"<{message['sender']}>",
                message["recipients"][0] + (f" +{more}" if (more := len(message["recipients"]) - 1) else ""),
                message["response"],
            )
            for message in messages
        ],
    )
    rest = found["count"] - len(messages)
    call.say(f"{counted(found['count'], 'message')}{f', {rest} of them not shown' if rest > 0 else ''}.")
    return found


def _act(call: Call, command: str, verb: str, selection: dict[str, Any], **more: Any) -> Any:
    service = call.desk.service(LONG)
    count = service.ask("queue.show", limit=1, **selection)["count"]
    if not count:
        call.say("There are no such messages.")
        return {"done": 0, "busy": 0}
    call.confirm(f"Are you sure you want to {verb} {counted(count, 'message')}?")
    found = service.ask(command, **selection, **more)
    busy = f"; {found['busy']} are being delivered at the moment" if found["busy"] else ""
    call.say(f"{verb.partition(' ')[0].capitalize()}: {counted(found['done'], 'message')}{busy}.")
    return found


def _target(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = text, "25"
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("must be HOST or HOST:PORT")
    return f"{host}:{port}"


SHOWRECIPIENTS = Action(_show, _questions("show"))
DELETERECIPIENTS = Action(
    lambda call, answers: _act(call, "queue.delete", "delete", _selection(answers)), _questions("delete")
)
BOUNCERECIPIENTS = Action(
    lambda call, answers: _act(call, "queue.bounce", "bounce", _selection(answers)), _questions("bounce")
)


def _redirect(call: Call, answers: Answers) -> Any:
    target = answers["target"]
    return _act(call, "queue.redirect", f"redirect to {target}", _selection(answers), host=target)


REDIRECTRECIPIENTS = Action(
    _redirect,
    (
        Question("target", "Please enter the host to deliver to.", Text(_target)),
        *_questions("redirect"),
    ),
    "What is queued now goes to another host; what comes later does not.",
)

MID = Question("mid", "Enter the MID of the message.", Number(1))


def _message(call: Call, answers: Answers) -> Any:
    return _told(call, call.desk.ask("queue.message", mid=answers["mid"]))


def _told(call: Call, found: dict[str, Any]) -> Any:
    call.say(
        f"MID {found['mid']} from <{found['sender']}>, {size(found['size'])}, received {when(found['received'])}"
    )
    call.table(
        ["RID", "Recipient", "Stage", "Next attempt", "Attempts", "Last response"],
        [
            (r["rid"], r["address"], r["stage"], when(r["due"]), r["attempts"], r["response"])
            for r in found["recipients"]
        ],
    )
    call.say()
    call.say(found["head"])
    return found


def _oldest(call: Call, answers: Answers) -> Any:
    found = call.desk.service(LONG).ask("queue.show", limit=1)
    messages = sorted(found["messages"], key=lambda message: message["mid"])
    if not messages:
        call.say("The queue is empty.")
        return None
    return _told(call, call.desk.ask("queue.message", mid=messages[0]["mid"]))


def _remove(call: Call, answers: Answers) -> Any:
    return _act(call, "queue.delete", "remove", {"mids": [answers["mid"]]})


def _archive(call: Call, answers: Answers) -> Any:
    mid = answers["mid"]
    folder = archive_folder(call.desk.root)
    found = call.desk.service(LONG).ask("queue.archive", mids=[mid], folder=str(folder))
    if not found["done"]:
        if found["busy"]:
            raise BadAnswer(name=f"MID {mid}", why="it is being delivered at the moment")
        raise NoneThere(noun="message", name=mid, names="those that `showrecipients` shows")
    call.say(f"MID {mid} was saved as archive/{mid}.eml in the configuration directory.")
    return {"file": str(folder / f"{mid}.eml")}


def archive_folder(root: Path) -> Path:
    """Where the mail service may put copies for administrators to fetch."""
    folder = root / "configuration" / "archive"
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    # A machine that is no appliance has no such user, and its service is ours.
    with contextlib.suppress(LookupError):
        shutil.chown(folder, OWNER)
    return folder


SHOWMESSAGE = Action(_message, (MID,))
OLDMESSAGE = Action(_oldest)
REMOVEMESSAGE = Action(_remove, (MID,), "Nobody is told.")
ARCHIVEMESSAGE = Action(_archive, (MID,), "The message stays in the queue.")
