import pytest

from mailward.version import Version
from tests.hwmgmt.net.fakes import detected
from upgrade.catalogue.catalogue import catalogue
from upgrade.preflight.check import CannotTell, Severity
from upgrade.preflight.hardware import judge

RELEASE = catalogue().get(Version.parse("14.2.3-031"))
GOOD = ["C100V", "C300V", "C600V", "C190", "C195", "C390", "C395", "C690", "C695", "C695F"]
BAD = ["C160", "C360", "C660", "X1060", "C170", "C370", "C370D", "C670", "X1070", "C380", "C680"]


@pytest.mark.parametrize("model", GOOD)
def test_models_of_u5_pass(model: str) -> None:
    assert judge(detected(model), RELEASE).severity is Severity.PASS


@pytest.mark.parametrize("model", BAD)
def test_the_others_of_u5_block_and_are_told_where_to_go(model: str) -> None:
    answer = judge(detected(model), RELEASE)
    assert answer.severity is Severity.BLOCK
    assert model in answer.finding and "C695F" in answer.remedy


def test_siblings_pass_or_block_together() -> None:
    assert judge(detected("C695", "C695F"), RELEASE).severity is Severity.PASS
    assert judge(detected("C380", "C680"), RELEASE).severity is Severity.BLOCK


@pytest.mark.parametrize("candidates", [(), ("C680", "C690")])
def test_what_is_not_certain_is_not_known(candidates: tuple[str, ...]) -> None:
    with pytest.raises(CannotTell) as caught:
        judge(detected(*candidates), RELEASE)
    assert "/configuration/model" in caught.value.hint()
