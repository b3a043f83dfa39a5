"""`clusterconfig`, `clustercheck` (A1, A7, U12).

Machines of a cluster do not talk to each other in this release: `clustercheck` compares with the file that the other
one saved, and offers the incumbent's three choices.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.config.diff import Change, changes
from gateway.config.elements.policies import Cluster, ClusterMember
from gateway.config.loading import NETWORK, Loading, Network
from gateway.config.machine import identify
from gateway.config.model import Config
from gateway.config.saving import Saving
from gateway.config.secrets import Opener, Passwords, family
from gateway.console.call import Call, counted
from gateway.console.commands.configuration import FOLDER, saved_files
from gateway.console.fields import of_field
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Optional, Question
from gateway.console.roles import Right
from gateway.console.settings import Settings
from gateway.console.values import plain
from hwmgmt.models.catalogue import catalogue
from mailward.version import BadVersion, Version

# What is a machine's own, whatever the cluster says.
OWN = frozenset({*NETWORK, "cluster", "disk_quotas", "certificates"})


def members_problems(cluster: Cluster) -> list[str]:
    """U12: every machine runs the same version, and none is of a model that must be removed first."""
    problems = []
    versions = {member.version for member in cluster.members if member.version}
    if len(versions) > 1:
        problems.append(f"the machines run different versions: {', '.join(sorted(versions))}")
    models = {model.name: model for model in catalogue()}
    for member in cluster.members:
        found = models.get(member.model)
        if found is not None and not found.supported:
            problems.append(
                f"{member.member_name} is a {member.model}, which must be removed from the cluster"
            )
        if member.version:
            try:
                Version.parse(member.version)
            except BadVersion as error:
                problems.append(f"{member.member_name}: {error}")
    return problems


def inconsistencies(mine: Config, theirs: Config) -> list[Change]:
    """What the two say differently of what belongs to the cluster."""
    return [change for change in changes(theirs, mine) if change.path[0] not in OWN]


def _show(call: Call) -> Any:
    cluster = call.config.cluster
    if not cluster.cluster_name:
        call.say("This machine is not in a cluster.")
        return plain(cluster)
    call.say(f"Cluster {cluster.cluster_name}")
    call.table(
        ["Machine", "Model", "Version", "Serial"],
        [(m.member_name, m.model, m.version, m.serial) for m in cluster.members],
    )
    for problem in members_problems(cluster):
        call.say(f"Note: {problem}.")
    return plain(cluster)


MEMBERS = Listing(
    ("cluster", "members"),
    "machine",
    "member_name",
    (
        of_field(ClusterMember, "member_name", "Name of the machine:"),
        of_field(ClusterMember, "model", "Its model (Ex: C195):"),
        of_field(ClusterMember, "version", "Its version (Ex: 14.2.3-031):"),
        of_field(ClusterMember, "serial", "Its serial number:"),
    ),
    element=ClusterMember,
)
NAME = Settings(
    ("cluster",), (of_field(Cluster, "cluster_name", "Enter the name of the cluster, `none` to leave it:"),)
)
CLUSTERCONFIG = Menu(
    _show,
    Operation("SETNAME", "Set the name of the cluster.", NAME.action(), right=Right.CONFIGURE),
    *MEMBERS.operations(),
)


def _files(call: Call, answers: Answers) -> Optional:
    return Optional(Choice([(name, name) for name in saved_files(call.desk.root)]), "")


CHOICE = Question(
    "choice",
    "How do you want to resolve this inconsistency?",
    Choice(
        [
            ("mine", "Force the entire cluster to use this machine's version."),
            ("theirs", "Force the entire cluster to use the other machine's version."),
            ("ignore", "Ignore."),
        ]
    ),
    "ignore",
)


def _check(call: Call, answers: Answers) -> Any:
    config = call.config
    problems = members_problems(config.cluster)
    if not config.cluster.cluster_name:
        call.say("This machine is not in a cluster.")
        return {"cluster": None, "problems": [], "inconsistencies": []}
    for problem in problems:
        call.say(f"{problem[:1].upper()}{problem[1:]}.")
    found: list[Change] = []
    if answers["file"]:
        other = _read(call, call.desk.root / FOLDER / answers["file"])
        found = inconsistencies(config, other)
        _resolve(call, config, other, found, answers["choice"])
    if not found and not problems:
        call.say("No inconsistencies were found.")
    return {
        "cluster": config.cluster.cluster_name,
        "problems": problems,
        "inconsistencies": [change.place for change in found],
    }


def _resolve(call: Call, mine: Config, theirs: Config, found: list[Change], chosen: str) -> None:
    if not found:
        return
    call.say(
        f"Inconsistencies found on {counted(len(found), 'setting')} (- the other machine's, + this machine's):"
    )
    for change in found:
        for line in change.lines():
            call.say(f"  {line}")
    choice = call.ask(CHOICE) if call.interactive else chosen
    if choice == "theirs":
        values = {name: getattr(mine if name in OWN else theirs, name) for name in Config.model_fields}
        call.change(Config.model_validate(values))
        call.say('The other machine\'s version is yours now. Be sure to run "commit" to make it active.')
    elif choice == "mine":
        machine = identify(call.desk.root)
        saving = Saving(
            machine, datetime.fromtimestamp(call.desk.now(), UTC), Passwords.ENCRYPTED, family(call.desk.root)
        )
        path = saving.save(mine, call.desk.root / FOLDER)
        call.say(f"Load /{FOLDER}/{path.name} on the other machine: `loadconfig`, network settings kept.")


def _read(call: Call, path: Path) -> Config:
    opener = Opener(family(call.desk.root))
    now = datetime.fromtimestamp(call.desk.now(), UTC)
    loading = Loading(identify(call.desk.root), call.config, opener, now, network=Network.KEEP)
    return loading.load(path.read_bytes(), path.name).config


CLUSTERCHECK = Action(
    _check,
    (
        Question(
            "file",
            "With which saved configuration of another machine shall this one be compared? `none` for none.",
            _files,
            "",
            when=lambda call, _: bool(call.config.cluster.cluster_name),
        ),
        replace(CHOICE, asked=False),
    ),
    "Versions of the machines, and what two of them say differently.",
)
