import pytest

from mailward.errors import Rejected
from mailward.version import Version
from tests.upgrade.releases import release
from upgrade.catalogue.document import dump_release
from upgrade.preflight.check import Moment, Severity
from upgrade.preflight.signature import Offer, judge

TARGET = Version(14, 2, 3, 31)
DOCUMENT = dump_release(release(TARGET))


class WrongKey(Rejected):
    key = "test.key"
    sentence = "no key of the site's made this signature"


class Keys:
    def verify(self, document: bytes, signature: bytes) -> None:
        if signature != b"good":
            raise WrongKey


@pytest.mark.parametrize(
    ("offer", "target", "severity", "said"),
    [
        (Offer(DOCUMENT, b"good"), TARGET, Severity.PASS, "holds"),
        (Offer(DOCUMENT, b"bad"), TARGET, Severity.BLOCK, "no key of the site's"),
        (Offer(DOCUMENT[:-1], b"good"), TARGET, Severity.BLOCK, "cannot be used"),
        (Offer(DOCUMENT, b"good"), Version(14, 2, 4, 1), Severity.BLOCK, "is 14.2.3-031, not 14.2.4-001"),
    ],
)
def test_only_the_signed_document_of_the_target_passes(
    offer: Offer, target: Version, severity: Severity, said: str
) -> None:
    answer = judge(offer, target, Keys(), Moment.BEGIN)
    assert (answer.severity, bool(answer.remedy)) == (severity, severity is Severity.BLOCK)
    assert said in answer.finding


def test_what_was_not_fetched_blocks_only_the_installation() -> None:
    assert judge(None, TARGET, Keys(), Moment.BEGIN).severity is Severity.WARN
    assert judge(None, TARGET, Keys(), Moment.INSTALL).severity is Severity.BLOCK
