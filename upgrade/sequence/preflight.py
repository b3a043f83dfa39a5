"""Nothing is in the way, as far as can be said before the release is here (U1–U12)."""

from __future__ import annotations

from mailward.errors import Rejected
from upgrade.preflight.check import Moment, Report, Severity
from upgrade.sequence.work import Work


class Blocked(Rejected):
    key = "upgrade.blocked"
    sentence = "{findings}"
    remedy = "{remedies}"


def run(work: Work) -> dict[str, str]:
    if work.order.revert:
        return {}  # the path leads back: `upgrade.revert` has looked at what may be in the way of that
    require(work.ports.preflight(work.order, Moment.BEGIN, None))
    return {}


def require(report: Report) -> None:
    """Raises `Blocked` with every finding that blocks."""
    blocking = [one for one in report.findings if one.severity is Severity.BLOCK]
    if report.blocks:
        raise Blocked(
            findings="; ".join(f"{one.id}: {one.finding}" for one in blocking) or "nothing was checked",
            remedies="; ".join(dict.fromkeys(one.remedy for one in blocking if one.remedy)),
        )
