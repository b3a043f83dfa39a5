import pytest

from upgrade.preflight.administrator import User, judge
from upgrade.preflight.check import Severity


@pytest.mark.parametrize(
    ("user", "severity"),
    [
        (User("root", 0, frozenset()), Severity.PASS),
        (User("admin", 1000, frozenset({"mailward-admin"})), Severity.PASS),
        (User("operator", 1001, frozenset({"mailward", "sudo"})), Severity.BLOCK),
    ],
)
def test_root_and_the_administrators_group(user: User, severity: Severity) -> None:
    answer = judge(user)
    assert answer.severity is severity
    assert user.name in answer.finding
    assert bool(answer.remedy) is (severity is Severity.BLOCK)
