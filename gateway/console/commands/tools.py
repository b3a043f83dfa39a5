"""Asking the network: `nslookup`, `ping`, `ping6`, `traceroute`, `telnet`, `netstat`, `packetcapture`."""

from __future__ import annotations

import ipaddress
import re
import select
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.console.call import Call
from gateway.console.errors import BadAnswer, NoneThere, ProgramFailed
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.questions import Answers, Choice, Number, Optional, Question, Text
from gateway.console.roles import Right

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?|[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]+)?")


def host_name(text: str) -> str:
    """A name or address that no program can take for an option. Raises ValueError."""
    if not _HOST.fullmatch(text) or text.startswith("-"):
        raise ValueError("must be a host name or an IP address")
    return text


def asked_host(prompt: str) -> Question:
    return Question("host", prompt, Text(host_name))


def run(call: Call, words: Sequence[str], *, root: bool = False) -> Any:
    """Run a program and show its lines as they come."""
    lines: list[str] = []

    def line(text: str) -> None:
        lines.append(text)
        call.say(text)

    if call.interactive:
        call.say("Press Ctrl-C to stop.")
    status = call.desk.programs.stream(words, line, root=root)
    return {"status": status, "output": lines}


PACKETS = Question(
    "count",
    "How many packets? 0 goes on until Ctrl-C.",
    Number(0, 10_000),
    lambda call, _: 0 if call.interactive else 4,
    asked=False,
)


def _ping(family: str) -> Action:
    def ping(call: Call, answers: Answers) -> Any:
        count = ["-c", str(answers["count"])] if answers["count"] else []
        return run(call, ["ping", *([family] if family else []), *count, "--", answers["host"]])

    return Action(ping, (asked_host("Please enter the host you wish to ping."), PACKETS))


PING = _ping("")
PING6 = _ping("-6")
TRACEROUTE = Action(
    lambda call, answers: run(call, ["traceroute", "--", answers["host"]]),
    (asked_host("Please enter the host to which you want to trace the route."),),
)

TYPES = ("A", "AAAA", "MX", "NS", "PTR", "TXT", "CNAME", "SOA", "SRV", "TLSA", "CAA")


def _lookup(call: Call, answers: Answers) -> Any:
    from dns.exception import DNSException
    from dns.resolver import Resolver
    from dns.reversename import from_address

    name, kind = answers["name"], answers["type"]
    try:
        name = from_address(str(ipaddress.ip_address(name))).to_text()
        kind = "PTR" if kind == "A" else kind
    except ValueError:
        pass  # a name, not an address
    resolver = Resolver(configure=not answers["server"])
    if answers["server"]:
        resolver.nameservers = [answers["server"]]
    try:
        answer = resolver.resolve(name, kind, lifetime=10, search=False)
    except DNSException as error:
        raise BadAnswer(name=answers["name"], why=str(error).rstrip(".")) from error
    ttl = answer.rrset.ttl if answer.rrset is not None else 0
    found = [record.to_text() for record in answer]
    for text in found:
        call.say(f"{kind}={text} TTL={ttl}")
    return {"name": str(answer.qname), "type": kind, "ttl": ttl, "records": found}


def _ip(text: str) -> str:
    return str(ipaddress.ip_address(text))


NSLOOKUP = Action(
    _lookup,
    (
        Question("name", "Please enter the host or IP address to resolve.", Text(host_name)),
        Question("type", "Choose the query type:", Choice([(t, f"the {t} record") for t in TYPES]), "A"),
        Question("server", "Which name server shall be asked?", Optional(Text(_ip), ""), "", asked=False),
    ),
)


def _telnet(call: Call, answers: Answers) -> Any:
    host, port = answers["host"], answers["port"]
    try:
        with socket.create_connection((host, port), timeout=10) as connection:
            call.say(f"Connected to {host} port {port}. Ctrl-C closes the connection.")
            said = _receive(call, connection)
            while call.interactive:
                line = call.ask(Question("line", "", Text(blank=True), ""))
                connection.sendall(line.encode("utf-8", "replace") + b"\r\n")
                part = _receive(call, connection)
                if part is None:
                    break
    except OSError as error:
        raise ProgramFailed(
            program=f"connecting to {host} port {port}", why=(error.strerror or str(error)).lower()
        ) from error
    call.say("Connection closed.")
    return {"host": host, "port": port, "said": said or ""}


def _receive(call: Call, connection: socket.socket) -> str | None:
    """What the other end says until it is silent for a second; None if it closed."""
    pieces: list[str] = []
    wait = 5.0
    while select.select([connection], [], [], wait)[0]:
        data = connection.recv(65536)
        if not data:
            return None if not pieces else "".join(pieces)
        pieces.append(
            "".join(c if c.isprintable() or c in "\r\n\t" else "?" for c in data.decode("utf-8", "replace"))
        )
        call.say(pieces[-1].rstrip("\r\n").replace("\r", ""))
        wait = 1.0
    return "".join(pieces)


TELNET = Action(
    _telnet,
    (
        asked_host("Please enter the remote hostname or IP address."),
        Question("port", "Enter the remote port.", Number(1, 65535), 25),
    ),
    "A connection to look at by hand; a batch call shows what the other end says first.",
)

_NETSTAT: dict[str, tuple[str, list[str]]] = {
    "sockets": ("List of active sockets", ["ss", "-tuan"]),
    "interfaces": ("State of network interfaces", ["ip", "-s", "link"]),
    "addresses": ("Addresses of network interfaces", ["ip", "address"]),
    "routes": ("Contents of routing tables", ["ip", "route"]),
    "routes6": ("Contents of IPv6 routing tables", ["ip", "-6", "route"]),
    "listen": ("Size of the listen queues", ["ss", "-tln"]),
    "neighbours": ("Neighbours (ARP and NDP)", ["ip", "neighbour"]),
}


def _netstat(call: Call, answers: Answers) -> Any:
    done = call.desk.programs.collect(_NETSTAT[answers["what"]][1])
    for line in done.output.splitlines():
        call.say(line)
    return done.output.splitlines()


NETSTAT = Action(
    _netstat,
    (
        Question(
            "what",
            "Choose the information you want to display:",
            Choice([(name, title) for name, (title, _) in _NETSTAT.items()]),
            "sockets",
        ),
    ),
)

CAPTURE = "mailward-capture"
CAPTURES = "configuration/captures"


def _cards(call: Call, answers: Answers) -> Choice:
    names = sorted(path.name for path in (call.desk.root / "sys/class/net").glob("*") if path.name != "lo")
    return Choice([(name, name) for name in ["any", *names]])


def _start(call: Call, answers: Answers) -> Any:
    folder = call.desk.root / CAPTURES
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    path = folder / time.strftime("capture-%Y%m%dT%H%M%S.pcap", time.localtime(call.desk.now()))
    # `-Z` gives up root's rights once the card is open; the file is opened before that.
    words = ["tcpdump", "-i", answers["interface"], "-s", "0", "-U", "-Z", "tcpdump", "-w", "-"]
    unit = [
        "systemd-run", "--quiet", "--collect", f"--unit={CAPTURE}", f"--property=RuntimeMaxSec={answers['seconds']}",
        f"--property=StandardOutput=truncate:{path}", f"--property=LimitFSIZE={answers['megabytes'] << 20}", "--",
    ]  # fmt: skip
    expression = ["--", answers["filter"]] if answers["filter"] else []
    done = call.desk.programs.collect([*unit, *words, *expression], root=True)
    if done.status:
        raise ProgramFailed(program="the capture", why=done.output.strip() or "it did not start")
    call.say(f"Capturing to {path.name} in the captures directory.")
    return {"file": path.name}


def _stop(call: Call, answers: Answers) -> Any:
    done = call.desk.programs.collect(["systemctl", "stop", f"{CAPTURE}.service"], root=True)
    if done.status:
        raise ProgramFailed(program="the capture", why=done.output.strip() or "none is running")
    call.say("The capture has ended.")
    return _captures(call)


def _captures(call: Call) -> Any:
    active = call.desk.programs.collect(["systemctl", "is-active", f"{CAPTURE}.service"]).output.strip()
    files = sorted((call.desk.root / CAPTURES).glob("*.pcap"))
    call.say(f"Status: {'Capture in progress' if active == 'active' else 'No capture running'}")
    for number, path in enumerate(files, 1):
        call.say(f"{number}. {path.name}, {path.stat().st_size:,} octets")
    return {"running": active == "active", "files": [path.name for path in files]}


def _files(call: Call, answers: Answers) -> Choice:
    names = [path.name for path in sorted((call.desk.root / CAPTURES).glob("*.pcap"))]
    if not names:
        raise NoneThere(noun="capture", name="yet", names="none")
    return Choice([(name, name) for name in names])


def _delete(call: Call, answers: Answers) -> Any:
    Path(call.desk.root / CAPTURES / answers["file"]).unlink(missing_ok=True)
    call.say(f"Deleted {answers['file']}.")
    return {"deleted": answers["file"]}


PACKETCAPTURE = Menu(
    _captures,
    Operation(
        "START",
        "Start packet capture.",
        Action(
            _start,
            (
                Question("interface", "Choose the interface to capture on.", _cards, "any"),
                Question(
                    "filter",
                    "Enter a filter as tcpdump has it (Ex: port 25 and host 192.0.2.1), `none` for all:",
                    Optional(Text(), ""),
                    "",
                ),
                Question("megabytes", "Enter the maximum size of the file in MB.", Number(1, 10_000), 200),
                Question("seconds", "Enter the maximum time in seconds.", Number(1, 86_400), 3600),
            ),
        ),
        right=Right.SYSTEM,
    ),
    Operation("STOP", "Stop packet capture.", Action(_stop), right=Right.SYSTEM),
    Operation(
        "STATUS", "Show the status of the capture.", Action(lambda call, _: _captures(call)), changes=False
    ),
    Operation(
        "DELETE",
        "Delete a capture.",
        Action(_delete, (Question("file", "Which one?", _files),)),
        right=Right.SYSTEM,
        shown=lambda call: any((call.desk.root / CAPTURES).glob("*.pcap")),
    ),
)
