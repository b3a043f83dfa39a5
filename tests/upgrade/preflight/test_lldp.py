from hwmgmt.net.guard import decide
from hwmgmt.reading import known
from tests.hwmgmt.net.fakes import FCOE_ON_3, detected, port, sighting, switch
from upgrade.preflight.check import Severity
from upgrade.preflight.lldp import judge


def test_a_switch_that_talks_blocks_and_is_named() -> None:
    talks = sighting(who=known(switch(FCOE_ON_3)))
    answer = judge(decide(detected("C695F"), [port(heard=[talks])]))
    assert answer.severity is Severity.BLOCK
    assert "still talks LLDP" in answer.finding and "turn LLDP off" in answer.remedy


def test_a_quiet_switch_and_another_model_pass() -> None:
    assert judge(decide(detected("C695F"), [port(heard=[])])).severity is Severity.PASS
    assert judge(decide(detected("C690"), [])).severity is Severity.PASS
