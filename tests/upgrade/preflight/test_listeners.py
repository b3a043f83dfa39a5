import pytest

from upgrade.mailservice import MailState
from upgrade.preflight.check import Moment, Severity
from upgrade.preflight.listeners import judge


@pytest.mark.parametrize(
    ("mail", "moment", "severity", "said"),
    [
        (MailState(0, 0, ("ALL",), True), Moment.INSTALL, Severity.PASS, "all listeners are"),
        (MailState(0, 0), Moment.INSTALL, Severity.BLOCK, "no listener is"),
        (MailState(0, 0, ("InboundMail",)), Moment.INSTALL, Severity.BLOCK, "only InboundMail is"),
        (MailState(0, 0), Moment.BEGIN, Severity.PASS, "in the course of the upgrade"),
    ],
)
def test_all_are_suspended_before_the_installation(
    mail: MailState, moment: Moment, severity: Severity, said: str
) -> None:
    answer = judge(mail, moment)
    assert (answer.severity, said in answer.finding) == (severity, True)
