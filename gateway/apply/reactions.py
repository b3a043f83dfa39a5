"""Who has to be told of a changed file, in which order. This table is the only place that knows units.

The order: the network first, for whoever needs a name or the time; SSH late, so that a new port is offered when all
else stands; the mail service last, which reads the configuration itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from gateway.apply.network import FOLDER
from gateway.apply.services import AUTHORITIES, FTP, HOSTNAME, LOCALTIME, NO_NTP, RESOLVED, TIMESYNCD
from gateway.apply.sshd import BANNER, SSHD
from gateway.apply.tree import Node

Before = Mapping[str, Node | None]
Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class Reaction:
    """A step. `commands` makes it from what was changed and what stood there before. `at_boot`: also at a start, where
    most services begin after us and need not be told. `disturbs`: not without a change, however little is known.
    """

    step: str
    patterns: tuple[str, ...]
    commands: Callable[[Before], Sequence[Words]]
    advice: str
    at_boot: bool = False
    disturbs: bool = False

    def concerns(self, paths: Sequence[str] | frozenset[str]) -> bool:
        return any(fnmatchcase(path, pattern) for path in paths for pattern in self.patterns)


def _always(*commands: Words) -> Callable[[Before], Sequence[Words]]:
    return lambda before: commands


def _network(before: Before) -> Sequence[Words]:
    """networkd takes no device away, and changes no kind of one that is there: it is deleted and made again."""
    old = [path for path, node in before.items() if node is not None and path.endswith(".netdev")]
    names = [path.rsplit("/", 1)[1].removeprefix("10-").removesuffix(".netdev") for path in old]
    delete = [("-networkctl", "delete", name) for name in sorted(names)]
    return [*delete, ("networkctl", "reload")]


REACTIONS: tuple[Reaction, ...] = (
    Reaction(
        "speed of the ports",
        (f"{FOLDER}/*.link",),
        _always(
            ("udevadm", "control", "--reload"),
            ("udevadm", "trigger", "--action=add", "--subsystem-match=net", "--settle"),
        ),
        "Set the port to autoselect with etherconfig",
        at_boot=True,
    ),
    Reaction(
        "network",
        (f"{FOLDER}/*",),
        _network,
        "Look at the interfaces, VLANs and pairs; `networkctl status` says what networkd did not like",
    ),
    Reaction(
        "name servers",
        (RESOLVED,),
        _always(("systemctl", "restart", "systemd-resolved.service")),
        "See dnsconfig",
        at_boot=True,
    ),
    Reaction(
        "host name",
        (HOSTNAME,),
        _always(("hostname", "--file", HOSTNAME)),
        "Set another name with sethostname",
        at_boot=True,
    ),
    Reaction(
        "clock",
        (TIMESYNCD, NO_NTP),
        _always(("systemctl", "restart", "systemd-timesyncd.service")),
        "See ntpconfig",
        at_boot=True,
    ),
    Reaction(
        "SSH server",
        (SSHD, BANNER),
        _always(("sshd", "-t"), ("systemctl", "reload", "ssh.service")),
        "Look at port, algorithms and allowed hosts in sshconfig and adminaccessconfig",
    ),
    Reaction(
        "FTP server",
        (FTP,),
        _always(("systemctl", "restart", "mailward-ftp.service")),
        "Look at ftp in interfaceconfig",
    ),
    # Python reads the list of authorities and the time zone once.
    Reaction(
        "authorities and time zone of the mail service",
        (AUTHORITIES, LOCALTIME),
        _always(("systemctl", "try-restart", "mailward.service")),
        "See certconfig and settz",
        disturbs=True,
    ),
)
