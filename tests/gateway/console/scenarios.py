"""A dialogue for each command: what somebody types. What the console answers is in golden/.

python -m tests.gateway.console.scenarios     writes golden/ and docs/console.md anew
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from gateway.console.errors import LoggedOut
from gateway.console.reference import write_page
from gateway.console.shell import Shell, prompt_of
from tests.gateway.console.scripted import Console, Script

GOLDEN = Path(__file__).parent / "golden"
PAGE = Path(__file__).parents[3] / "docs" / "console.md"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPd6JmLzq0Y3rJm2m5a8X0q7n1kC0l0wq8S2k3b4c5d6 alice@desk"


@dataclass(frozen=True, slots=True)
class Scenario:
    """`typed` is the command and the answers; `before` are batch calls that prepare the machine."""

    command: str
    typed: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()


def _says(command: str, *answers: str, words: str = "", before: tuple[tuple[str, ...], ...] = ()) -> Scenario:
    return Scenario(command, (f"{command} {words}".rstrip(), *answers), before)


USER = ("userconfig", "new", "bob", "full_name=Bob Miller", "role=operator")
SCENARIOS = (
    _says("status"),
    _says("rate", words="count=2"),
    _says("hoststatus", "example.net"),
    _says("hostrate", words="example.net count=2"),
    _says("tophosts", "1"),
    _says("topin"),
    _says("resetcounters"),
    _says("suspend", ""),
    _says("resume"),
    _says("suspendlistener", "2", "60"),
    _says("resumelistener", "*"),
    _says("suspenddel", ""),
    _says("resumedel"),
    _says("workqueue", "pause", ""),
    _says("delivernow", "1", "example.net"),
    _says("showrecipients", "1", "example.net"),
    _says("deleterecipients", "2", "bob@example.org", "y"),
    _says("bouncerecipients", "1", "example.net", "y"),
    _says("redirectrecipients", "10.0.0.5", "1", "example.net", "y"),
    _says("showmessage", "4711"),
    _says("oldmessage"),
    _says("removemessage", "4711", "y"),
    _says("archivemessage", "4711"),
    _says(
        "listenerconfig",
        *("new", "1", "OutsideMail", "Management", "", "2525", "example.com, .example.com"),
        *("edit", "OutsideMail", "rcptaccess", "new", "abuse@", "", "y", ""),
        *(
            "hostaccess",
            "new",
            "PARTNERS",
            "192.0.2.0/24, .partner.example",
            "$TRUSTED",
            "Our partners",
            "",
            "",
            "",
        ),
    ),
    _says("smtproutes", "new", "example.com", "relay1.example.net, [relay2.example.net]:2525/pri=10", ""),
    _says(
        "destconfig",
        *("new", "example.org", "20", "5", "180", "1", "", "", "required", "", "", "", "", "", ""),
    ),
    _says("bounceconfig", "new", "Patient", "200", "604800", "", "", "", "", "y", "", "", ""),
    _says(
        "altsrchost",
        *("new", "@news.example.com", "1", ""),
        before=(("interfaceconfig", "new", "Out1", "hostname=out1.example.com"),),
    ),
    _says("aliasconfig", "new", "sales@example.com", "alice@example.com, bob@example.com", ""),
    _says("addresslistconfig", "new", "partners", "", "domains", "example.org, example.net", ""),
    _says("exceptionconfig", "new", "partner.example", "1", ""),
    _says(
        "policyconfig",
        "incoming",
        "new",
        "Finance",
        "edit",
        "Finance",
        "new",
        "none",
        "money@example.com",
        "",
        "",
        "",
    ),
    _says("filters", "new", "big", "", "if (body-size > 5M) { bounce(); }", ".", ""),
    _says(
        "dictionaryconfig",
        *(
            "new",
            "cards",
            "",
            "",
            "edit",
            "cards",
            "new",
            "*credit",
            "5",
            "y",
            "",
            "dictionarylimits",
            "150",
            "",
        ),
    ),
    _says("textconfig", "new", "footer", "2", "This mail is for its recipients only.", ".", "list", ""),
    _says("sethostname", "mx1.example.com"),
    _says(
        "interfaceconfig",
        *("new", "Data1", "2", "n", "198.51.100.10", "24", "", "mx1.example.com", "n", "n", ""),
    ),
    _says("etherconfig", "vlan", "new", "Vlan31", "31", "Data 1", "", ""),
    _says("routeconfig", "new", "Branch", "10.2.0.0/16", "192.0.2.254", ""),
    _says("setgateway", "192.0.2.1", ""),
    _says("dnsconfig", "new", "192.0.2", "192.0.2.53", "", "y", ""),
    _says("dnsflush"),
    _says("ntpconfig", "new", "ntp.example.com", ""),
    _says("settz", "Europe/Berlin"),
    _says("settime", words="06/15/2025 15:07:00", before=(("ntpconfig", "setup", "ntp=no"), ("commit",))),
    _says("ping", "mx.example.net"),
    _says("ping6", "mx.example.net"),
    _says("traceroute", "mx.example.net"),
    _says("netstat", "1"),
    _says("packetcapture", "start", "2", "port 25", "", "", ""),
    _says("diagnostic", "services", "status", "", ""),
    _says("userconfig", "policy", "12", "", "", "y", "enable", "1", "n", "", before=(USER,)),
    _says(
        "passwd",
        *("short", "Another-Horse-8", "Another-Horse-8"),
        before=(("userconfig", "new", "alice", "role=administrator"), ("commit",)),
    ),
    _says("who"),
    _says("last"),
    _says("sshconfig", "userkey", "new", "1", KEY, "", "", before=(USER,)),
    _says("adminaccessconfig", "ipaccess", "new", "192.0.2.0/24", "", ""),
    _says("certconfig", "certauthority", "system", "y", "", ""),
    _says("sslconfig", "inbound", "TLSv1.3", "", ""),
    _says(
        "logconfig",
        "new",
        "siem",
        "1",
        "3",
        "4",
        "syslog.example.com",
        "2",
        "514",
        "1073741824",
        "",
        "",
        "",
        "",
        "",
    ),
    _says("tail", words="mail_logs lines=2 follow=no"),
    _says("grep", "1", "MID 4711", "", ""),
    _says("alertconfig", "new", "postmaster@example.com", "2, 3", "", ""),
    _says("commit", "a new name", before=(("sethostname", "mx1.example.com"),)),
    _says("clear", "y", before=(("sethostname", "mx1.example.com"),)),
    _says("saveconfig", "2"),
    _says("loadconfig", "1", "1", "", before=(("saveconfig", "encrypted", "file=monday.xml"),)),
    _says("resetconfig", "y", "y"),
    _says("rollbackconfig", "2", "y", before=(("sethostname", "mx1.example.com"), ("commit", "try"))),
    _says("clusterconfig", "setname", "Europe", "", before=()),
    _says(
        "clustercheck",
        *("1", "3"),
        before=(
            ("clusterconfig", "setname", "Europe"),
            ("saveconfig", "plain", "file=berlin.xml"),
            ("alertconfig", "new", "postmaster@example.com"),
        ),
    ),
    _says("help", words="ntpconfig"),
    _says("whoami"),
    _says("quit", "", before=(("sethostname", "mx1.example.com"),)),
    _says("version"),
    _says("talosstatus"),
    _says("talosupdate"),
    _says("sdrstatus"),
    _says("sdrupdate"),
    _says("diskquotaconfig", "edit", "5", "80GiB", ""),
    _says("updateconfig", "setup", "https://releases.example.com/", "service_logs", "y", ""),
    _says(
        "systemsetup",
        *(
            "",
            "mail.example.com",
            "1",
            "n",
            "192.0.2.10",
            "24",
            "192.0.2.1",
            "192.0.2.53",
            "",
            "Europe/Berlin",
        ),
        *("n", "InboundMail", "example.com", "10.0.0.5", "10.0.0.0/24", "postmaster@example.com", "y"),
    ),
)


def prepared(scenario: Scenario, root: Path) -> Console:
    """The machine as the scenario finds it."""
    root.mkdir(parents=True, exist_ok=True)
    console = Console(root)
    for words in scenario.before:
        console.batch(*words, secrets=["Correct-Horse-7"])
    return console


def play(scenario: Scenario, root: Path) -> tuple[str, list[tuple[str, str]]]:
    """The transcript, and its pieces: what was shown, what was typed then."""
    console = prepared(scenario, root)
    script = Script(scenario.typed[1:])
    shell = Shell(script, console.dispatcher(script), console.seen)
    prompt = prompt_of(console.seen())
    script.transcript = prompt + scenario.typed[0] + "\n"
    script.pieces.append((prompt, scenario.typed[0]))
    try:
        shell.one(scenario.typed[0])
    except LoggedOut as end:
        script.write(end.why)
    assert not script.answers, f"not asked for: {script.answers}\n{script.transcript}"
    return script.transcript, [*script.pieces, (script.rest, "")]


def main() -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    GOLDEN.mkdir(exist_ok=True)
    for scenario in SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            text, _ = play(scenario, Path(folder))
        (GOLDEN / f"{scenario.command}.txt").write_text(text)
    write_page(PAGE, GOLDEN)


if __name__ == "__main__":
    main()
