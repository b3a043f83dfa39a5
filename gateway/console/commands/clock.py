"""`ntpconfig`, `settz`, `settime`."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from gateway.config import edit
from gateway.config.elements.network import Time
from gateway.console.call import Call
from gateway.console.errors import ProgramFailed
from gateway.console.fields import of_field, of_item
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Question, Text
from gateway.console.settings import Settings, setting
from gateway.console.values import plain
from mailward.errors import Rejected


class ClockFollows(Rejected):
    key = "console.clock-follows"
    sentence = "The clock follows time servers, and would be put back"
    remedy = "Turn that off with `ntpconfig setup ntp=no` and `commit` first"


SERVERS = Listing(
    ("time", "ntp_servers"),
    "time server",
    "server",
    (
        of_item(
            Time,
            "ntp_servers",
            "server",
            "Please enter the fully qualified hostname or IP address of your NTP server.",
        ),
    ),
)
SETUP = Settings(("time",), (of_field(Time, "ntp", "Shall the clock follow time servers?"),))


def _show(call: Call) -> Any:
    clock = call.config.time
    if not clock.ntp:
        call.say("The clock does not follow time servers.")
    elif clock.ntp_servers:
        call.say("Currently configured NTP servers:")
        for number, server in enumerate(clock.ntp_servers, 1):
            call.say(f"{number}. {server}")
    else:
        call.say("Currently using the time servers of the distribution.")
    return plain(clock)


NTPCONFIG = Menu(
    _show,
    *SERVERS.operations(),
    Operation("SETUP", "Whether the clock follows them.", SETUP.action()),
)

SETTZ = setting(
    ("time",),
    of_field(Time, "timezone", "Please enter the time zone (Ex: Europe/Berlin):"),
    lambda zone: f"The time zone will be {zone}.",
)


def _moment(text: str) -> datetime:
    for shape in ("%m/%d/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(text, shape)
        except ValueError:
            continue
    raise ValueError("must be MM/DD/YYYY HH:MM:SS or YYYY-MM-DD HH:MM:SS")


def _settime(call: Call, answers: Answers) -> Any:
    if edit.get(call.desk.store.running().config, ("time", "ntp")):
        raise ClockFollows()
    moment: datetime = answers["time"]
    done = call.desk.programs.collect(["timedatectl", "set-time", f"{moment:%Y-%m-%d %H:%M:%S}"], root=True)
    if done.status:
        raise ProgramFailed(program="timedatectl", why=done.output.strip())
    call.say(f"Time set to {moment:%m/%d/%Y %H:%M:%S}.")
    return {"time": moment.isoformat()}


SETTIME = Action(
    _settime,
    (
        Question(
            "time",
            "Please enter the time in MM/DD/YYYY HH:MM:SS format.",
            Text(_moment),
            lambda call, _: time.strftime("%m/%d/%Y %H:%M:%S", time.localtime(call.desk.now())),
            rest=True,
        ),
    ),
    "At once, without commit; only where the clock follows no servers.",
)
