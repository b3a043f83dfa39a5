from __future__ import annotations

import pytest

from mailward.version import Version
from upgrade.catalogue.catalogue import catalogue
from upgrade.revert import NothingToRevertTo, Vulnerable, order_of
from upgrade.slots.protocol import Content, Slot, SlotSurvey

NEW = Version(14, 2, 3, 31)


def survey(version: Version | None, content: Content = Content.WHOLE) -> SlotSurvey:
    return SlotSurvey(Slot("A", True, Content.WHOLE, NEW), Slot("B", False, content, version))


@pytest.mark.parametrize("version", catalogue().vulnerable.versions)
def test_u11_nobody_goes_back_to_a_vulnerable_version(version: Version) -> None:
    with pytest.raises(Vulnerable, match=str(version)):
        order_of(survey(version), NEW)


def test_there_must_be_something_whole() -> None:
    for found in (survey(None, Content.EMPTY), survey(None, Content.PARTIAL)):
        with pytest.raises(NothingToRevertTo):
            order_of(found, NEW)
    order = order_of(survey(Version(14, 2, 3, 27)), NEW)
    assert order.revert and str(order.target) == "14.2.3-027"
