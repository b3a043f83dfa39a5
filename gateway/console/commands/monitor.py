"""How the mail service is doing: `status`, `rate`, `hoststatus`, `hostrate`, `tophosts`, `topin`, `resetcounters`."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from gateway.commands.options import age, when
from gateway.commands.status import GAUGES
from gateway.console.call import Call, counted
from gateway.console.commands.flow import COUNT, EVERY
from gateway.console.handlers import Action
from gateway.console.questions import Answers, Choice, Number, Question, Text

MAIL_LOG = "var/log/mailward/mail_logs/mail.current"


def _status(call: Call, answers: Answers) -> Any:
    found = call.desk.ask("status")
    call.say(f"Status as of:   {_now(call)}")
    call.say(f"Up since:       {when(call.desk.now() - found['uptime'])} ({age(found['uptime'])})")
    call.say(f"Last counter reset: {when(found['reset_at']) if found['reset_at'] else 'never'}")
    call.say(f"System status:  {_condition(found)}")
    oldest = call.desk.ask("queue.show", limit=1)["messages"]
    if oldest:
        first = min(oldest, key=lambda message: message["mid"])
        call.say(f"Oldest message: MID {first['mid']}, {age(call.desk.now() - first['received'])}")
    if answers["detail"]:
        call.table(
            ["Counters:", "Reset", "Uptime", "Lifetime"],
            [(f"  {name}", c["reset"], c["uptime"], c["lifetime"]) for name, c in found["counters"].items()],
        )
        call.table(
            ["Rates (events per hour):", "1-Minute", "5-Minutes", "15-Minutes"],
            [
                (f"  {name}", *(f"{r[m]:,.0f}" for m in ("1m", "5m", "15m")))
                for name, r in found["rates"].items()
            ],
        )
    call.table(["Gauges:", ""], [(f"  {title}", show(found.get(name))) for title, name, show in GAUGES[2:]])
    return found


def _condition(found: dict[str, Any]) -> str:
    listeners, delivery = bool(found["suspended_listeners"]), found["delivery_suspended"]
    if found["full"]:
        return f"Queue full: {found['full']}"
    if listeners and delivery:
        return "Offline"
    if listeners:
        return "Receiving suspended"
    return "Delivery suspended" if delivery else "Online"


def _now(call: Call) -> str:
    return time.strftime("%a %b %d %H:%M:%S %Y", time.localtime(call.desk.now()))


STATUS = Action(
    _status,
    (Question("detail", "Counters too?", Choice([("detail", "detail")]), "", asked=False),),
    "With `detail` the counters and rates too.",
)


def _rate(call: Call, answers: Answers) -> Any:
    call.say("Time       Connections    Recipients       Recipients        Queue")
    call.say("            In    Out   Received   Delta   Completed   Delta")
    lines: list[dict[str, Any]] = []
    before: dict[str, int] = {}
    while not answers["count"] or len(lines) < answers["count"]:
        if lines:
            call.desk.sleep(answers["every"])
        found = call.desk.ask("status")
        counters = {name: column["uptime"] for name, column in found["counters"].items()}
        received = counters.get("recipients", 0)
        completed = counters.get("delivered", 0) + counters.get("bounced", 0)
        line = {
            "time": time.strftime("%H:%M:%S", time.localtime(call.desk.now())),
            "in": found["connections_in"],
            "out": found["connections_out"],
            "received": received,
            "received_delta": received - before.get("received", received),
            "completed": completed,
            "completed_delta": completed - before.get("completed", completed),
            "queue": found["messages"],
        }
        before = {"received": received, "completed": completed}
        lines.append(line)
        call.say(
            f"{line['time']} {line['in']:5} {line['out']:6} {received:10} {line['received_delta']:7} "
            f"{completed:11} {line['completed_delta']:7} {line['queue']:8}"
        )
    return lines


RATE = Action(_rate, (EVERY, COUNT), "Line by line until Ctrl-C.")

HOST = Question("host", "Please enter the domain or next hop.", Text(str.lower))
COLUMNS = (
    ("active_recipients", "Active Recipients"),
    ("connections_out", "Connections Out"),
    ("delivered", "Delivered Recipients"),
    ("soft_bounced", "Soft Bounced Events"),
    ("hard_bounced", "Hard Bounced Recipients"),
)


def _host_status(call: Call, answers: Answers) -> Any:
    found = call.desk.ask("hosts", host=answers["host"])
    if not found:
        call.say(f"No mail for {answers['host']} is queued, and none was delivered since the start.")
    for key, entry in found.items():
        call.say(f'Host mail status for: "{key}"')
        call.say(f"Status as of: {_now(call)}")
        call.say(f"Host up/down: {entry['status']}")
        call.table(["Counters and gauges:", ""], [(f"  {title}", entry[name]) for name, title in COLUMNS])
        for domain, count in sorted(entry.get("domains", {}).items()):
            call.say(f"  {counted(count, 'recipient')} in {domain}")
        call.say(f"Last error: {entry['last_error'] or 'none'}")
    return found


HOSTSTATUS = Action(_host_status, (HOST,))


def _host_rate(call: Call, answers: Answers) -> Any:
    call.say("Time      Host    Active    Conn   Delivered    Hard      Soft")
    call.say("        Status      Rcpt     Out       Delta  Bounced  Bounced")
    lines: list[dict[str, Any]] = []
    while not answers["count"] or len(lines) < answers["count"]:
        if lines:
            call.desk.sleep(answers["every"])
        found = call.desk.ask("hosts", host=answers["host"]).values()
        line = {name: sum(entry[name] for entry in found) for name, _ in COLUMNS}
        status = next((entry["status"] for entry in found), "unknown")
        delta = line["delivered"] - (lines[-1]["delivered"] if lines else line["delivered"])
        now = time.strftime("%H:%M:%S", time.localtime(call.desk.now()))
        lines.append({"time": now, "status": status, **line})
        call.say(
            f"{now} {status:>7} {line['active_recipients']:8} {line['connections_out']:7} {delta:11} "
            f"{line['hard_bounced']:8} {line['soft_bounced']:8}"
        )
    return lines


HOSTRATE = Action(_host_rate, (HOST, EVERY, COUNT), "Line by line until Ctrl-C.")


def _top_hosts(call: Call, answers: Answers) -> Any:
    found = call.desk.ask("hosts")
    top = sorted(found.items(), key=lambda item: (-item[1][answers["sort"]], item[0]))[: answers["top"]]
    call.say(f"Status as of: {_now(call)}")
    call.table(
        ["#", "Recipient Host", "Active", "Conn Out", "Delivered", "Soft", "Hard"],
        [(number, key, *(entry[name] for name, _ in COLUMNS)) for number, (key, entry) in enumerate(top, 1)],
    )
    return [{"host": key, **entry} for key, entry in top]


TOP = Question("top", "How many?", Number(1, 1000), 20, asked=False)
TOPHOSTS = Action(
    _top_hosts,
    (
        Question("sort", "Sort results by:", Choice(COLUMNS), "active_recipients"),
        TOP,
    ),
)

_ICID = re.compile(r"New SMTP ICID \d+ interface .*? address (\S+)")


def connections_by_address(lines: Iterable[str]) -> Counter[str]:
    """Connections in a mail log, by the address of the client."""
    return Counter(match[1] for line in lines if (match := _ICID.search(line)))


def _top_in(call: Call, answers: Answers) -> Any:
    path = call.desk.root / MAIL_LOG
    counts: Counter[str] = Counter()
    if path.exists():
        with path.open(encoding="utf-8", errors="replace") as file:
            counts = connections_by_address(file)
    top = counts.most_common(answers["top"])
    call.say(f"Status as of: {_now(call)}")
    call.say("Connections since the mail log was last rolled over:")
    call.table(
        ["#", "Remote address", "Connections In"], [(n, host, c) for n, (host, c) in enumerate(top, 1)]
    )
    return [{"address": host, "connections": count} for host, count in top]


TOPIN = Action(_top_in, (TOP,))


def _reset(call: Call, answers: Answers) -> Any:
    call.desk.ask("reset_counters")
    call.say("Counters are reset: the Reset column of `status detail` begins anew.")
    return {"reset": True}


RESETCOUNTERS = Action(_reset)
