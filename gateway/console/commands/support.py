"""`diagnostic`, `supportrequest`."""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from gateway.config.machine import identify
from gateway.config.saving import Saving
from gateway.console.call import Call
from gateway.console.clicked import Clicked
from gateway.console.commands.logs import logs
from gateway.console.commands.tools import PACKETCAPTURE, asked_host
from gateway.console.errors import ProgramFailed
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.questions import Answers, Number, Question, Text
from gateway.console.roles import Right
from hwmgmt.disks.cli import disks, raid
from hwmgmt.health.cli import health
from hwmgmt.quota.cli import show as quota_show
from mailward.errors import MailwardError
from mailward.output import to_plain

UNITS = (
    "mailward.service",
    "mailward-quota.service",
    "ssh.service",
    "systemd-networkd.service",
    "systemd-resolved.service",
    "systemd-timesyncd.service",
)


def _services(call: Call, answers: Answers) -> Any:
    words = ["systemctl", "show", "--property=Id,LoadState,ActiveState,SubState,NRestarts", *UNITS]
    done = call.desk.programs.collect(words)
    found = [
        dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
        for block in done.output.strip().split("\n\n")
    ]
    found = [unit for unit in found if unit.get("LoadState") == "loaded"]
    call.table(
        ["Service", "State", "Restarts"],
        [(u["Id"], f"{u.get('ActiveState')} ({u.get('SubState')})", u.get("NRestarts", "")) for u in found],
    )
    return found


def _restart(call: Call, answers: Answers) -> Any:
    call.confirm("Are you sure you want to restart the mail service? Open connections are finished first.")
    done = call.desk.programs.collect(["systemctl", "restart", "mailward.service"], deadline=120, root=True)
    if done.status:
        raise ProgramFailed(program="systemctl", why=done.output.strip())
    call.say("The mail service was restarted.")
    return {"restarted": "mailward.service"}


def _flush(call: Call, answers: Answers) -> Any:
    for words in (["resolvectl", "flush-caches"], ["ip", "neighbour", "flush", "all"]):
        done = call.desk.programs.collect(words, root=True)
        if done.status:
            raise ProgramFailed(program=words[0], why=done.output.strip())
    call.say("DNS and ARP caches are empty.")
    return {"flushed": ["dns", "arp"]}


def _arp(call: Call, answers: Answers) -> Any:
    done = call.desk.programs.collect(["ip", "neighbour"])
    for line in done.output.splitlines():
        call.say(line)
    return done.output.splitlines()


def _smtp_ping(call: Call, answers: Answers) -> Any:
    import smtplib

    host, port = answers["host"], answers["port"]
    try:
        began = time.monotonic()
        with smtplib.SMTP(host, port, timeout=30) as client:
            connected = time.monotonic() - began
            code, said = client.ehlo()
        whole = time.monotonic() - began
    except (OSError, smtplib.SMTPException) as error:
        raise ProgramFailed(program=f"SMTP to {host} port {port}", why=str(error)) from error
    call.say(
        f"Connected in {connected * 1000:.0f} ms, EHLO answered with {code} after {whole * 1000:.0f} ms."
    )
    return {
        "host": host,
        "port": port,
        "code": code,
        "said": said.decode("utf-8", "replace"),
        "seconds": whole,
    }


NETWORK = Menu(
    None,
    Operation("FLUSH", "Flush all network related caches.", Action(_flush), right=Right.SYSTEM),
    Operation("ARPSHOW", "Show system ARP cache.", Action(_arp), changes=False),
    Operation(
        "SMTPPING",
        "Test a remote SMTP server.",
        Action(
            _smtp_ping,
            (
                asked_host("Enter the hostname or address."),
                Question("port", "Enter the port.", Number(1, 65535), 25),
            ),
        ),
        changes=False,
    ),
    Operation("TCPDUMP", "Dump ethernet packets.", PACKETCAPTURE, changes=False),
)
SERVICES = Menu(
    None,
    Operation("STATUS", "What runs.", Action(_services), changes=False),
    Operation("RESTART", "Restart the mail service.", Action(_restart), right=Right.SYSTEM),
)
DIAGNOSTIC = Menu(
    None,
    Operation("RAID", "Disk verify: arrays and their drives.", Clicked(raid), changes=False),
    Operation("DISKS", "Disks.", Clicked(disks), changes=False),
    Operation("DISK_USAGE", "Areas of the disk, limits and use.", Clicked(quota_show), changes=False),
    Operation("NETWORK", "Network utilities.", NETWORK, changes=False),
    Operation("SERVICES", "Service utilities.", SERVICES, changes=False),
    Operation("HARDWARE", "Power supplies, fans, temperature, disks.", Clicked(health), changes=False),
)

LOG_TAIL = 5 << 20  # octets of each log
Section = Callable[[Call], bytes]


def _json(value: Any) -> bytes:
    return json.dumps(to_plain(value), indent=2, ensure_ascii=False, default=str).encode()


def _config(call: Call) -> bytes:
    """What runs, passwords masked."""
    now = datetime.fromtimestamp(call.desk.now(), UTC)
    return Saving(identify(call.desk.root), now).text(call.desk.store.running().config)


def _program(*words: str, root: bool = False) -> Section:
    return lambda call: call.desk.programs.collect(list(words), root=root).output.encode()


def _click(command: Any) -> Section:
    def section(call: Call) -> bytes:
        said: list[str] = []
        inner = Call(call.command, call.who, type(call.interview)([], None), call.desk, said.append)
        command.run(inner)
        return "".join(said).encode()

    return section


SECTIONS: dict[str, Section] = {
    "version.json": lambda call: _json(identify(call.desk.root)),
    "config.xml": _config,
    "history.json": lambda call: _json([record.stamp for record in call.desk.store.history()]),
    "status.json": lambda call: _json(call.desk.ask("status")),
    "hosts.json": lambda call: _json(call.desk.ask("hosts")),
    "health.txt": _click(Clicked(health)),
    "disks.txt": _click(Clicked(disks)),
    "quota.txt": _click(Clicked(quota_show)),
    "services.txt": _program("systemctl", "--no-pager", "status", *UNITS),
    "failed.txt": _program("systemctl", "--no-pager", "--failed"),
    "network.txt": _program("ip", "address"),
    "routes.txt": _program("ip", "route", "show", "table", "all"),
    "sockets.txt": _program("ss", "-tuan"),
    "journal.txt": _program("journalctl", "--no-pager", "-n", "20000", root=True),
}


def _request(call: Call, answers: Answers) -> Any:
    folder = call.desk.root / "configuration"
    now = time.strftime("%Y%m%dT%H%M%S", time.localtime(call.desk.now()))
    path = folder / f"support-{identify(call.desk.root).serial}-{now}.tar.gz"
    lacking: dict[str, str] = {}
    with tarfile.open(path, "w:gz") as archive:
        path.chmod(0o640)
        _put(archive, "description.txt", answers["description"].encode(), call.desk.now())
        for name, section in SECTIONS.items():
            try:
                content = section(call)
            except MailwardError as error:
                # A support request is made because something does not work: what is missing is said, the rest counts.
                lacking[name] = error.explain()
                content = f"not available: {error.explain()}\n".encode()
            _put(archive, name, content, call.desk.now())
        for name, log in logs(call.desk.root).items():
            with log.open("rb") as file:
                file.seek(max(0, log.stat().st_size - LOG_TAIL))
                _put(archive, f"logs/{name}", file.read(LOG_TAIL), call.desk.now())
    for name, why in lacking.items():
        call.say(f"Without {name}: {why}.")
    call.say(
        f"Written to /configuration/{path.name}. It has logs, and the configuration with masked passwords."
    )
    call.say("Nothing was sent: give it to your support.")
    return {"file": path.name, "lacking": lacking}


def _put(archive: tarfile.TarFile, name: str, content: bytes, now: float) -> None:
    member = tarfile.TarInfo(f"support/{name}")
    member.size, member.mtime, member.mode = len(content), int(now), 0o640
    archive.addfile(member, io.BytesIO(content))


SUPPORTREQUEST = Action(
    _request,
    (
        Question(
            "description",
            "Please enter a description of your issue, with steps to reproduce it.",
            Text(blank=True),
            "",
            rest=True,
        ),
    ),
    "A file with logs, configuration and status for support.",
)
