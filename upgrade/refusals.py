"""Why there is no plan. One class per reason, each with the key that `--json` prints."""

from __future__ import annotations

from mailward.errors import Rejected


class NoPlan(Rejected):
    """Branch of all reasons."""

    key = "upgrade.plan"


class SameVersion(NoPlan):
    key = "upgrade.plan.same-version"
    sentence = "{target} is the version to start from already"
    remedy = "`mailward upgrade releases` shows what else there is"


class VulnerableVersion(NoPlan):
    """U11."""

    key = "upgrade.plan.vulnerable"
    sentence = "nobody may go to {target}: {reason} ({advisory})"
    remedy = "Choose a newer release"


class Downgrade(NoPlan):
    key = "upgrade.plan.downgrade"
    sentence = "{target} is older than {source}, and an upgrade does not go back"
    remedy = (
        "The release that ran before is still in the other slot; go back to it by a revert, not by an upgrade"
    )


class UnknownTarget(NoPlan):
    key = "upgrade.plan.unknown-target"
    sentence = "there is no release {target} in the catalogue"
    remedy = "Use one of {known}"


class UnknownSource(NoPlan):
    """U1: what no release names is not supported."""

    key = "upgrade.plan.unknown-source"
    sentence = "no release can be installed over {source}"
    remedy = (
        "`mailward upgrade releases` shows the versions each release can be installed over; if yours is right, "
        "set up a new appliance with {target} and load the configuration there"
    )


class DeniedVersion(NoPlan):
    key = "upgrade.plan.denied"
    sentence = "{target} is denied on this appliance: {reason}"
    remedy = "Find out why it was denied before it is tried again"


class UnsupportedHardware(NoPlan):
    """U5."""

    key = "upgrade.plan.hardware"
    sentence = "{reason}"
    remedy = "Move the configuration to a model that {target} supports: {supported}"


class DeadEnd(NoPlan):
    key = "upgrade.plan.dead-end"
    sentence = "{reason}"
    remedy = "Set up a new appliance with {target} and load the configuration there"


class NoPath(NoPlan):
    """`reasons` has one sentence for every edge that would have helped and is closed, or says what is missing."""

    key = "upgrade.plan.no-path"
    sentence = "no chain of upgrades leads from {source} to {target}: {because}"
    remedy = "{way_out}"
