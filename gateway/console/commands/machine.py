"""The machine: `version`, `ipcheck`, `who`, `last`, `dnsflush`, `hwinfo`, `health`, `talosstatus`."""

from __future__ import annotations

import time
from typing import Any

from gateway.config.machine import identify
from gateway.console.call import Call
from gateway.console.clicked import Clicked
from gateway.console.errors import ProgramFailed
from gateway.console.handlers import Action
from gateway.console.questions import Answers
from hwmgmt.health.cli import health
from hwmgmt.inventory.cli import inventory
from hwmgmt.inventory.collect import collect
from hwmgmt.reading import read_text
from hwmgmt.size import format_size
from mailward.errors import Rejected


class Replaced(Rejected):
    key = "console.replaced"
    sentence = "`{old}` is gone: `{new}` took its place"
    remedy = "Use `{new}`"


def uptime(call: Call) -> float:
    """Seconds since the machine started; 0 where that cannot be read."""
    text = read_text(call.desk.root, "proc/uptime").otherwise("0")
    return float(text.split()[0])


def _version(call: Call, answers: Answers) -> Any:
    machine = identify(call.desk.root)
    up = uptime(call)
    days, rest = divmod(int(up), 86_400)
    call.say("Current Version\n===============")
    call.say(
        f"Product: Mailward Email Security Appliance\nModel: {machine.model}\nVersion: {machine.version}"
    )
    call.say(f"Serial #: {machine.serial}")
    call.say(f"Up for: {days}d {rest // 3600}h {rest % 3600 // 60}m")
    return {"model": machine.model, "version": machine.version, "serial": machine.serial, "uptime": up}


VERSION = Action(_version)


def _ipcheck(call: Call, answers: Answers) -> Any:
    machine, found = identify(call.desk.root), collect(root=call.desk.root, deadline_s=5)
    memory = read_text(call.desk.root, "proc/meminfo").otherwise("")
    kib = next((int(line.split()[1]) for line in memory.splitlines() if line.startswith("MemTotal:")), 0)
    rows: list[tuple[str, str]] = [
        ("Date", time.strftime("%a %b %d %H:%M:%S %Y", time.localtime(call.desk.now()))),
        ("Model", machine.model),
        ("Version", machine.version),
        ("Serial No.", machine.serial),
        ("Hardware", found.model.value.support.value if found.model.value else str(found.model)),
        ("RAM Total", format_size(kib * 1024)),
    ]
    for disk in found.disks.otherwise(()):
        size = format_size(disk.size.value) if disk.size.value is not None else str(disk.size)
        rows.append(("Disk " + disk.node, f"{size} {disk.model}".rstrip()))
    if found.raid.value is not None:
        rows += [(f"RAID {array.name}", f"{array.level} {array.state}") for array in found.raid.value.arrays]
    if found.network.value is not None:
        rows += [
            (f"Interface {link.name}", f"{link.mac} {'up' if link.up else 'down'}")
            for link in found.network.value.links
            if link.is_card
        ]
    call.say("Ipcheck")
    call.table(["", ""], [(f"  {name}", value) for name, value in rows])
    return dict(rows)


IPCHECK = Action(_ipcheck)
HWINFO = Clicked(inventory)
HEALTH = Clicked(health)


def _flush(call: Call, answers: Answers) -> Any:
    done = call.desk.programs.collect(["resolvectl", "flush-caches"], root=True)
    if done.status:
        raise ProgramFailed(program="resolvectl", why=done.output.strip())
    call.desk.ask("reload")  # the mail service forgets what it knew
    call.say("The DNS cache is empty.")
    return {"flushed": True}


DNSFLUSH = Action(_flush)


def _who(call: Call, answers: Answers) -> Any:
    done = call.desk.programs.collect(["loginctl", "list-sessions", "--no-pager"])
    for line in done.output.splitlines():
        call.say(line)
    return done.output.splitlines()


WHO = Action(_who, text="Who is logged in.")


def _last(call: Call, answers: Answers) -> Any:
    words = [
        "journalctl",
        "-t",
        "mailward-console",
        "-o",
        "short-iso",
        "-r",
        "-n",
        "10000",
        "--no-pager",
        "-q",
    ]
    done = call.desk.programs.collect(words, root=True)
    found = [line for line in done.output.splitlines() if line.endswith((": logged in", ": logged out"))][
        :100
    ]
    for line in found:
        call.say(line)
    if not found:
        call.say("Nobody has logged in on the console yet.")
    return found


LAST = Action(_last, text="The last 100 times somebody logged in on the console or out.")


def _talos(call: Call, answers: Answers) -> Any:
    entries = call.desk.store.running().config.ip_reputation
    call.say("This appliance asks no reputation service: this release has no engine for one.")
    call.say(f"IP reputation: {len(entries)} scores of your own. Sender domain reputation: none.")
    return {"service": None, "ip_reputation_entries": len(entries)}


def _talos_update(call: Call, answers: Answers) -> Any:
    call.say("There is no reputation engine in this release, so there is nothing to update.")
    return {"updated": False}


TALOSSTATUS = Action(_talos)
TALOSUPDATE = Action(_talos_update)


def _gone(old: str, new: str) -> Action:
    def run(call: Call, answers: Answers) -> Any:
        raise Replaced(old=old, new=new)

    return Action(run)


SDRSTATUS = _gone("sdrstatus", "talosstatus")
SDRUPDATE = _gone("sdrupdate", "talosupdate")
