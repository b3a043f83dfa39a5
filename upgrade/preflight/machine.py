"""The checks with this machine's facts. Each check reads its own when it runs, so one that fails stops no other."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hwmgmt.disks.block import list_disks, udev_properties
from hwmgmt.disks.limit import Host, judge_all, read_firmware
from hwmgmt.health.assess import assess
from hwmgmt.health.sources import collect
from hwmgmt.models.detect import Detected
from hwmgmt.models.facts import read_facts
from hwmgmt.models.hypervisor import detect_hypervisor
from hwmgmt.models.model import QuotaArea
from hwmgmt.net import guard
from hwmgmt.quota.areas import AREAS
from hwmgmt.quota.project import ProjectQuotas, Usage
from hwmgmt.reading import Reading, failed, known, list_names, read_text, under
from mailward.errors import Failed
from mailward.version import BadVersion, Version
from upgrade.catalogue.catalogue import Catalogue
from upgrade.catalogue.document import Verifier
from upgrade.catalogue.release import ConditionId, Release
from upgrade.mailservice import MailService
from upgrade.planner import Wish
from upgrade.preflight import (
    administrator,
    clock,
    configuration,
    disk_limit,
    hardware,
    health,
    listeners,
    lldp,
    path,
    quota,
    signature,
    slot,
    space,
    work_queue,
)
from upgrade.preflight.check import Answer, Check, CheckId, Moment

VAR = "/var"
ESPS = ("/efi", "/boot")  # where systemd-gpt-auto-generator(8) may mount it
CONFIGURATION = "/var/configuration"
SYNCHRONISED = "/run/systemd/timesync/synchronized"
RELEASE_FILE = "/usr/lib/os-release"


class NoVersion(Failed):
    key = "upgrade.no-version"
    sentence = "which release runs here is not known: {detail}"
    remedy = "Name it with --from"


class NoKeys(Failed):
    key = "upgrade.no-keys"
    sentence = "no key is installed that could have signed a release"


class NoVerifier:
    """Stands for the keys until the installation brings them: nothing holds."""

    def verify(self, document: bytes, signature: bytes) -> None:
        raise NoKeys


@dataclass(frozen=True)
class Subject:
    """What the checks are about.

    `denied` reads the versions that are not tried again, and may raise; a damaged journal is a finding like others.
    `configuration` is the document that runs; without it that of `root` is read.
    `told` are ports said to be fibre, `confirmed` those whose switch somebody looked at; `root` is the file tree.
    """

    catalogue: Catalogue
    source: Version
    target: Version
    model: Detected
    mail: MailService
    denied: Callable[[], Mapping[Version, str]] = dict
    configuration: Callable[[], bytes] | None = None
    offer: signature.Offer | None = None
    verifier: Verifier = field(default_factory=NoVerifier)
    moment: Moment = Moment.INSTALL
    root: Path = Path("/")
    told: Collection[str] = ()
    confirmed: Collection[str] = ()


def checks(about: Subject) -> tuple[Check, ...]:
    """All checks, in the order of `CheckId`."""
    look = {
        CheckId.ADMINISTRATOR: lambda: administrator.judge(read_user()),
        CheckId.PATH: lambda: _path(about),
        CheckId.HARDWARE: lambda: hardware.judge(about.model, about.catalogue.get(about.target)),
        CheckId.SIGNATURE: lambda: signature.judge(about.offer, about.target, about.verifier, about.moment),
        CheckId.SLOT: lambda: slot.judge(slot.read_boot(about.root, find_esp(about.root))),
        CheckId.LISTENERS: lambda: listeners.judge(about.mail.state(), about.moment),
        CheckId.WORK_QUEUE: lambda: work_queue.judge(about.mail.state(), about.moment),
        CheckId.LLDP: lambda: lldp.judge(
            guard.check(about.model, told=about.told, confirmed=about.confirmed)
        ),
        CheckId.DISK_LIMIT: lambda: _disks(about),
        CheckId.QUOTA: lambda: _quota(about.root),
        CheckId.SPACE: lambda: _space(about.root),
        CheckId.CLOCK: lambda: clock.judge(read_clock(about.root)),
        CheckId.FIPS: lambda: configuration.fips(document(about), target(about)),
        CheckId.GRAYMAIL: lambda: configuration.graymail(document(about), target(about), about.source),
        CheckId.CLUSTER: lambda: configuration.cluster(document(about), target(about)),
        CheckId.CERTIFICATES: lambda: _foreseen(
            about,
            ("ca-certificates",),
            "no CA certificate is about to be dropped",
            "Replace them before the upgrade if something still needs them",
        ),
        CheckId.SYSLOG: lambda: configuration.syslog(document(about), _miscellaneous(about.root)),
        CheckId.FILTERS: lambda: _foreseen(
            about,
            ("sdr-verdicts", "sender-maturity"),
            "no filter is about to change",
            "Review these filters after the upgrade, or change them before it",
        ),
        CheckId.TEXTS: lambda: _foreseen(
            about,
            ("text-resource-names",),
            "all text resources have names that can be made today",
            "Rename them with `textconfig` when it suits",
        ),
        CheckId.HEALTH: lambda: health.judge(assess(collect(root=about.root))),
    }
    return tuple(Check(name, look[name]) for name in CheckId)


def running_version(root: Path = Path("/")) -> Version:
    """IMAGE_VERSION of os-release(5). Raises `NoVersion`."""
    text = read_text(root, RELEASE_FILE)
    for line in text.otherwise("").splitlines():
        name, _, value = line.partition("=")
        if name == "IMAGE_VERSION":
            try:
                return Version.parse(value.strip("\"'"))
            except BadVersion as error:
                raise NoVersion(detail=f"{RELEASE_FILE} says {value}") from error
    raise NoVersion(detail=text.detail if not text.ok else f"{RELEASE_FILE} has no IMAGE_VERSION")


def read_user() -> administrator.User:
    """Who asks. A group without a name counts for nothing."""
    names = {number: entry.gr_name for entry in grp.getgrall() for number in (entry.gr_gid,)}
    groups = frozenset(names[number] for number in (*os.getgroups(), os.getegid()) if number in names)
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"user {uid}"
    return administrator.User(name, uid, groups)


def read_clock(root: Path) -> clock.ClockFacts:
    """The time of os-release is the build's: everything in the image has it."""
    place = under(root, RELEASE_FILE)
    built: Reading[datetime]
    try:
        built = known(datetime.fromtimestamp(place.stat().st_mtime, UTC))
    except OSError as error:
        built = failed(error, place)
    kept = known(under(root, SYNCHRONISED).exists())
    return clock.ClockFacts(datetime.now(UTC), built, kept)


def free(mount: Path) -> Reading[int]:
    """Bytes that are free for everybody on the file system of `mount`; of root's reserve nothing is counted."""
    try:
        state = os.statvfs(mount)
    except OSError as error:
        return failed(error, mount, unit="bytes")
    return known(state.f_bavail * state.f_frsize, "bytes")


def tree_size(folder: Path) -> int:
    """Bytes of the files in `folder`. Raises OSError: a file that cannot be seen cannot be counted."""
    return sum(entry.lstat().st_size for entry in folder.rglob("*") if entry.is_file() or entry.is_symlink())


def _configuration(root: Path) -> int:
    folder = under(root, CONFIGURATION)
    folder.stat()  # rglob takes a folder that is missing for an empty one
    return tree_size(folder)


def find_esp(root: Path) -> str:
    """Where the ESP is mounted; the usual place if it is not."""
    return next((place for place in ESPS if under(root, f"{place}/EFI/Linux").is_dir()), ESPS[0])


def _uki(root: Path, esp: str) -> int:
    """Bytes of the largest kernel image. Raises `NoReading`, OSError."""
    names = list_names(root, f"{esp}/EFI/Linux").need()
    return max((under(root, f"{esp}/EFI/Linux/{name}").stat().st_size for name in names), default=0)


def _path(about: Subject) -> Answer:
    # Without a model the planner leaves hardware to the check that is about it.
    wish = Wish(about.source, about.target, None, about.denied())
    return path.judge(about.catalogue, wish)


def _disks(about: Subject) -> Answer:
    root, limited = about.root, limited_by_release(about)
    host = Host(read_firmware(root), detect_hypervisor(read_facts(root)), limited)
    return disk_limit.judge(judge_all(list_disks(root, udev_properties()).need(), host))


def limited_by_release(about: Subject) -> bool:
    """U7: whether what runs here cannot use more than 2 TB, as the release to be installed knows.

    Raises `UnknownRelease`. A machine that may be one of the models is taken for one.
    """
    return any(
        condition.id is ConditionId.DISK_LIMIT
        and condition.blocks
        and condition.concerns_source(about.source)
        and any(condition.concerns_model(name) for name in about.model.candidates or (None,))
        for condition in about.catalogue.get(about.target).conditions
    )


def document(about: Subject) -> bytes:
    """The configuration that runs. Raises OSError, or what the store does."""
    if about.configuration is not None:
        return about.configuration()
    return under(about.root, f"{CONFIGURATION}/config.xml").read_bytes()


def target(about: Subject) -> Release:
    """Raises `UnknownRelease`."""
    return about.catalogue.get(about.target)


def _foreseen(about: Subject, names: tuple[str, ...], fine: str, remedy: str) -> Answer:
    """Of these migrations, those that the upgrade runs."""
    wanted = [one.id for one in target(about).migrations if one.concerns_source(about.source)]
    ours = [name for name in names if name in wanted]
    return configuration.foreseen(document(about), ours, datetime.now(UTC), fine=fine, remedy=remedy)


def _miscellaneous(root: Path) -> Usage:
    return ProjectQuotas(under(root, VAR)).usage(AREAS[QuotaArea.MISCELLANEOUS].project).need()


def _quota(root: Path) -> Answer:
    usage = _miscellaneous(root)
    copies = space.needs(configuration=_configuration(root), uki=0)[0]
    return quota.judge(usage, copies.size)


def _space(root: Path) -> Answer:
    esp = find_esp(root)
    wanted = space.needs(configuration=_configuration(root), uki=_uki(root, esp), var=VAR, esp=esp)
    return space.judge(wanted, {mount: free(under(root, mount)) for mount in (VAR, esp)})
