import pytest

from hwmgmt.disks.limit import LimitState, Verdict
from upgrade.preflight.check import CannotTell, Severity
from upgrade.preflight.disk_limit import judge

FINE = Verdict("sda", 10, LimitState.WITHIN, False, False, "10 bytes of at most 20", "", "")
OVER = Verdict("sdb", 30, LimitState.OVER, True, True, "30 bytes, 10 over the limit", "Deploy anew", "")


def test_one_disk_that_blocks_is_enough() -> None:
    answer = judge([FINE, OVER, OVER])
    assert answer.severity is Severity.BLOCK
    assert answer.finding.startswith("sdb: 30 bytes") and answer.remedy == "Deploy anew"
    assert judge([FINE]).severity is Severity.PASS


def test_no_disk_is_not_known() -> None:
    with pytest.raises(CannotTell):
        judge([])
