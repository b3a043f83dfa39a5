"""U7: no disk is over 2 TB where the release cannot use it. The rule is in `hwmgmt.disks.limit`."""

from __future__ import annotations

from collections.abc import Sequence

from hwmgmt.disks.limit import Verdict
from upgrade.preflight.check import Answer, CannotTell, Severity


def judge(verdicts: Sequence[Verdict]) -> Answer:
    """Raises `CannotTell` without any disk: there is one, or nothing would run."""
    if not verdicts:
        raise CannotTell(what="no disk was found", advice="See `mailward hw disks`")
    bad = [one for one in verdicts if one.blocks]
    if bad:
        return Answer(
            Severity.BLOCK,
            "; ".join(f"{one.disk}: {one.because}" for one in bad),
            "; ".join(dict.fromkeys(one.advice for one in bad if one.advice)),
        )
    return Answer(Severity.PASS, "; ".join(f"{one.disk}: {one.because}" for one in verdicts))
