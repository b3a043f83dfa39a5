"""Stopping and starting mail: `suspend`, `resume` and their halves, `workqueue`, `delivernow`."""

from __future__ import annotations

import time
from typing import Any

from gateway.console.call import Call, counted
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.questions import Answers, Choice, Many, Number, Question, Text
from gateway.console.roles import Right

DELAY = Question(
    "delay",
    "Enter the number of seconds to wait before abruptly closing connections.",
    Number(0, 3600),
    30,
)
ALL = "All"


def _listeners(verb: str) -> Question:
    def kind(call: Call, answers: Answers) -> Many:
        names = [item.listener_name for item in call.desk.store.running().config.listeners]
        return Many(Choice([(name, name) for name in (ALL, *names)]), 1)

    prompt = f"Choose the listener(s) you wish to {verb}.\nSeparate multiple entries with commas."
    return Question("listeners", prompt, kind, [ALL], rest=True)


def _named(answers: Answers) -> list[str] | None:
    names: list[str] = answers["listeners"]
    return None if ALL in names else names


def _state(call: Call, state: dict[str, Any]) -> dict[str, Any]:
    suspended = state["suspended_listeners"]
    shown = "all" if "*" in suspended else ", ".join(suspended) or "none"
    call.say(f"Listeners suspended: {shown}.")
    call.say(f"Delivery suspended: {'yes' if state['delivery_suspended'] else 'no'}.")
    return state


def _suspend_listener(call: Call, answers: Answers) -> Any:
    names = _named(answers)
    return _state(call, call.desk.ask("listeners.suspend", listeners=names, delay=answers["delay"]))


def _resume_listener(call: Call, answers: Answers) -> Any:
    return _state(call, call.desk.ask("listeners.resume", listeners=_named(answers)))


def _suspend_delivery(call: Call, answers: Answers) -> Any:
    return _state(call, call.desk.ask("delivery.suspend", delay=answers["delay"]))


def _resume_delivery(call: Call, answers: Answers) -> Any:
    return _state(call, call.desk.ask("delivery.resume"))


def _suspend(call: Call, answers: Answers) -> Any:
    call.desk.ask("listeners.suspend", delay=answers["delay"])
    return _suspend_delivery(call, answers)


def _resume(call: Call, answers: Answers) -> Any:
    call.desk.ask("listeners.resume")
    return _resume_delivery(call, answers)


SUSPENDLISTENER = Action(
    _suspend_listener,
    (_listeners("suspend"), DELAY),
    "New connections get 421; open ones may go on for the delay. Kept over a reboot.",
)
RESUMELISTENER = Action(_resume_listener, (_listeners("resume"),))
SUSPENDDEL = Action(
    _suspend_delivery, (DELAY,), "No delivery begins; mail is accepted and waits. Kept over a reboot."
)
RESUMEDEL = Action(_resume_delivery)
SUSPEND = Action(_suspend, (DELAY,), "Listeners and delivery. Kept over a reboot.")
RESUME = Action(_resume)


def _work_queue(call: Call) -> Any:
    return _told(call, call.desk.ask("workqueue.status"))


def _told(call: Call, found: dict[str, Any]) -> dict[str, Any]:
    call.say(f"Status as of: {time.strftime('%a %b %d %H:%M:%S %Y', time.localtime(call.desk.now()))}")
    call.say(f"Status:       {'Paused' if found['paused'] else 'Operational'}")
    call.say(f"Messages:     {found['messages']}")
    return found


EVERY = Question("every", "How many seconds between two lines?", Number(1, 3600), 10)
COUNT = Question(
    "count",
    "How many lines? 0 goes on until Ctrl-C.",
    Number(0, 100_000),
    lambda call, _: int(not call.interactive),
)


def _work_rate(call: Call, answers: Answers) -> Any:
    call.say("Time          Messages")
    lines: list[dict[str, Any]] = []
    while not answers["count"] or len(lines) < answers["count"]:
        if lines:
            call.desk.sleep(answers["every"])
        found = call.desk.ask("workqueue.status")
        now = time.strftime("%H:%M:%S", time.localtime(call.desk.now()))
        lines.append({"time": now, **found})
        call.say(f"{now}  {found['messages']:12}{'  paused' if found['paused'] else ''}")
    return lines


WORKQUEUE = Menu(
    _work_queue,
    Operation(
        "STATUS",
        "Messages in it, and whether it is paused.",
        Action(lambda c, _: _work_queue(c)),
        changes=False,
    ),
    Operation("RATE", "Messages in it, line by line.", Action(_work_rate, (EVERY, COUNT)), changes=False),
    Operation(
        "PAUSE",
        "Let nothing leave it; mail is accepted and waits. Kept over a reboot.",
        Action(lambda call, _: _told(call, call.desk.ask("workqueue.pause"))),
        right=Right.MAIL,
    ),
    Operation(
        "RESUME",
        "Let messages go on.",
        Action(lambda call, _: _told(call, call.desk.ask("workqueue.resume"))),
        right=Right.MAIL,
    ),
)


def _deliver_now(call: Call, answers: Answers) -> Any:
    selection = {"domain": answers["host"]} if answers["by"] == "host" else {}
    found = call.desk.ask("queue.deliver_now", **selection)
    call.say(
        f"Scheduled {counted(found['done'], 'message')} for delivery; being delivered already: {found['busy']}."
    )
    return found


DELIVERNOW = Action(
    _deliver_now,
    (
        Question(
            "by",
            "Please choose an option for scheduling immediate delivery.",
            Choice([("host", "By recipient domain"), ("all", "All messages")]),
            "host",
        ),
        Question("host", "Please enter the domain.", Text(), when=lambda _, answers: answers["by"] == "host"),
    ),
    "Try at once, whatever was planned.",
)
