"""A8: the clock is plausible, and NTP keeps it so. A clock that is behind breaks certificates and signatures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hwmgmt.reading import Reading
from upgrade.preflight.check import Answer, Severity

FUTURE = timedelta(days=3650)  # a release is not run for longer
REMEDY = "Configure an NTP server and wait until the clock follows it"


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """`built` is when the running release was built: it cannot be earlier now."""

    now: datetime
    built: Reading[datetime]
    synchronised: Reading[bool]


def judge(facts: ClockFacts) -> Answer:
    """Raises `NoReading` if it is not known when the release was built."""
    built = facts.built.need()
    now = f"{facts.now:%Y-%m-%d %H:%M %Z}"
    if not built <= facts.now <= built + FUTURE:
        return Answer(
            Severity.BLOCK, f"the clock says {now}, and this release was built {built:%Y-%m-%d}", REMEDY
        )
    if facts.synchronised.value is None:
        reason = f"{facts.synchronised.reason}: {facts.synchronised.detail}"
        return Answer(Severity.WARN, f"it is {now}; whether NTP keeps it is not known ({reason})", REMEDY)
    if not facts.synchronised.value:
        return Answer(Severity.WARN, f"it is {now} by a clock that NTP does not keep", REMEDY)
    return Answer(Severity.PASS, f"it is {now}, kept by NTP")
