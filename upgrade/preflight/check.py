"""What a check is, and the runner: all run, all are shown, none stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from mailward.errors import Failed, MailwardError


class Severity(StrEnum):
    PASS = "pass"
    WARN = "warn"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class CheckId(StrEnum):
    """All checks there are, in the order they are shown."""

    ADMINISTRATOR = "administrator"
    PATH = "path"
    HARDWARE = "hardware"
    SIGNATURE = "signature"
    SLOT = "slot-blessed"
    LISTENERS = "listeners"
    WORK_QUEUE = "work-queue"
    LLDP = "lldp-off"
    DISK_LIMIT = "disk-limit"
    QUOTA = "miscellaneous-quota"
    SPACE = "free-space"
    CLOCK = "clock"
    FIPS = "fips-off"
    GRAYMAIL = "ims-graymail-level"
    CLUSTER = "cluster-hardware"
    CERTIFICATES = "ca-certificates"
    SYSLOG = "syslog-buffers"
    FILTERS = "filters"
    TEXTS = "text-resources"
    HEALTH = "health"


# What a check says that cannot find out. None may say pass; what can block, blocks.
IF_UNKNOWN: dict[CheckId, Severity] = {
    CheckId.ADMINISTRATOR: Severity.BLOCK,
    CheckId.PATH: Severity.BLOCK,
    CheckId.HARDWARE: Severity.BLOCK,
    CheckId.SIGNATURE: Severity.BLOCK,
    CheckId.SLOT: Severity.BLOCK,
    CheckId.LISTENERS: Severity.BLOCK,
    CheckId.WORK_QUEUE: Severity.BLOCK,
    CheckId.LLDP: Severity.BLOCK,
    CheckId.DISK_LIMIT: Severity.BLOCK,
    CheckId.QUOTA: Severity.BLOCK,
    CheckId.SPACE: Severity.BLOCK,
    CheckId.CLOCK: Severity.BLOCK,
    CheckId.FIPS: Severity.BLOCK,
    CheckId.GRAYMAIL: Severity.WARN,
    CheckId.CLUSTER: Severity.BLOCK,
    CheckId.CERTIFICATES: Severity.WARN,
    CheckId.SYSLOG: Severity.BLOCK,
    CheckId.FILTERS: Severity.WARN,
    CheckId.TEXTS: Severity.WARN,
    CheckId.HEALTH: Severity.WARN,
}


class Moment(StrEnum):
    """When the checks run: U4 wants listeners suspended and the release at hand only right before it is installed."""

    BEGIN = (
        "begin"  # the upgrade has yet to fetch the release, suspend the listeners and drain the work queue
    )
    INSTALL = "install"


class CannotTell(Failed):
    """A check could not find out."""

    key = "upgrade.preflight.unknown"
    sentence = "{what}"
    remedy = "{advice}"


@dataclass(frozen=True, slots=True)
class Answer:
    """`finding` and `remedy` are sentences without a period; `remedy` is empty if there is nothing to do."""

    severity: Severity
    finding: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """`look` answers, or raises a `MailwardError` or OSError if it cannot find out."""

    id: CheckId
    look: Callable[[], Answer]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result. `known` is false if it could not find out."""

    id: CheckId
    severity: Severity
    finding: str
    remedy: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """`verdict` is the worst of the findings."""

    verdict: Severity
    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> bool:
        return self.verdict is Severity.BLOCK


def run(checks: Iterable[Check]) -> Report:
    """Run every check, whatever the others say. No check at all is no preflight: it blocks."""
    findings = tuple(_run(check) for check in checks)
    worst = max((one.severity for one in findings), key=lambda s: s.rank, default=Severity.BLOCK)
    return Report(worst, findings)


def _run(check: Check) -> Finding:
    try:
        answer = check.look()
    except MailwardError as error:
        return _unknown(check.id, error.explain(), error.hint())
    except OSError as error:
        return _unknown(check.id, f"{error.filename or 'the system'}: {error.strerror or error}", "")
    return Finding(check.id, answer.severity, answer.finding, answer.remedy)


def _unknown(check: CheckId, what: str, remedy: str) -> Finding:
    return Finding(check, IF_UNKNOWN[check], f"it could not be found out: {what}", remedy, known=False)
