"""Back to the release in the other slot, in one reboot. What is on `var` stays as it is.

It is an upgrade whose release is there already: the same sequence suspends, drains, tries the configuration on the
other release, hands it the next boot, and comes back by itself if that release is not well.
"""

from __future__ import annotations

from mailward.errors import Rejected
from mailward.version import Version
from upgrade.catalogue.catalogue import Catalogue, catalogue
from upgrade.sequence.order import Order
from upgrade.slots.protocol import Content, SlotSurvey


class NothingToRevertTo(Rejected):
    key = "upgrade.revert.nothing"
    sentence = "the other slot holds no whole release"
    remedy = "`mailward upgrade slots` shows both"


class Vulnerable(Rejected):
    """U11."""

    key = "upgrade.revert.vulnerable"
    sentence = "nobody may go back to {version}: {reason} ({advisory})"
    remedy = "Stay on this release, or upgrade to a newer one"


def order_of(found: SlotSurvey, running: Version, known: Catalogue | None = None) -> Order:
    """What to ask the sequence for. Raises `NothingToRevertTo`, `Vulnerable`."""
    version = found.other.version
    if version is None or found.other.content is not Content.WHOLE:
        raise NothingToRevertTo()
    vulnerable = (known or catalogue()).vulnerable
    if version in vulnerable.versions:
        raise Vulnerable(version=version, reason=vulnerable.reason, advisory=vulnerable.advisory)
    return Order(running, version, revert=True)
