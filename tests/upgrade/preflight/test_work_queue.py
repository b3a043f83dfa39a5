import pytest

from upgrade.mailservice import MailState
from upgrade.preflight.check import Moment, Severity
from upgrade.preflight.work_queue import judge


@pytest.mark.parametrize(
    ("mail", "moment", "severity", "said"),
    [
        # Mail that waits for delivery only goes through the upgrade in the queue.
        (MailState(0, 900), Moment.INSTALL, Severity.PASS, "is empty"),
        (MailState(1, 900), Moment.INSTALL, Severity.BLOCK, "has 1 message"),
        (MailState(2, 900), Moment.BEGIN, Severity.PASS, "2 messages; it is drained"),
        (MailState(2, 900, work_paused=True), Moment.BEGIN, Severity.BLOCK, "paused with 2 messages"),
        (MailState(0, 900, work_paused=True), Moment.INSTALL, Severity.PASS, "is empty"),
    ],
)
def test_it_is_empty_before_the_installation(
    mail: MailState, moment: Moment, severity: Severity, said: str
) -> None:
    answer = judge(mail, moment)
    assert (answer.severity, said in answer.finding) == (severity, True)
