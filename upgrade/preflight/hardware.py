"""U5: the release runs on this hardware model."""

from __future__ import annotations

from hwmgmt.models.detect import SAY_WHICH, Detected
from upgrade.catalogue.release import Release
from upgrade.preflight.check import Answer, CannotTell, Severity


def judge(model: Detected, release: Release) -> Answer:
    """Of siblings that cannot be told apart all must do. Raises `CannotTell`."""
    if not model.candidates:
        raise CannotTell(what=f"which model this is, is not known ({model.because})", advice=SAY_WHICH)
    refusals = {name: release.refuses_model(name) for name in model.candidates}
    names = " or ".join(model.candidates)
    if not any(refusals.values()):
        return Answer(Severity.PASS, f"{release.id} runs on {names}")
    if not all(refusals.values()):
        reasons = "; ".join(filter(None, refusals.values()))
        raise CannotTell(what=f"this is {names}, and {reasons}", advice=SAY_WHICH)
    supported = ", ".join(release.hardware.supported)
    return Answer(
        Severity.BLOCK,
        "; ".join(refusals.values()),
        f"Move the configuration to a model that {release.id} supports: {supported}",
    )
