import pytest

from hwmgmt.quota.project import Usage
from hwmgmt.size import MIB
from upgrade.preflight.check import Severity
from upgrade.preflight.quota import judge


@pytest.mark.parametrize(
    ("used", "extra", "severity"),
    [
        (10, 10, Severity.PASS),
        (70, 10, Severity.WARN),
        (90, 10, Severity.WARN),
        (90, 11, Severity.BLOCK),
        (101, 0, Severity.BLOCK),
    ],
)
def test_what_there_is_and_what_comes_fit(used: int, extra: int, severity: Severity) -> None:
    answer = judge(Usage(100 * MIB, used * MIB, 1), extra * MIB)
    assert answer.severity is severity
    assert ("Free log files" in answer.remedy) is (severity is not Severity.PASS)


def test_a_block_says_how_much_is_missing() -> None:
    assert judge(Usage(100 * MIB, 95 * MIB, 1), 10 * MIB).finding.startswith("5 MiB too little")


def test_no_limit_is_a_warning() -> None:
    assert judge(Usage(0, 5, 1), 5).severity is Severity.WARN
