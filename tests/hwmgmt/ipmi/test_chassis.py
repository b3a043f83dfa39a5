import pytest

from hwmgmt.ipmi import chassis
from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi.fake_bmc import FakeBmc


def test_status() -> None:
    state = chassis.status(FakeBmc({(0, 1): b"\x29\x10\x58"}))
    assert state.power_on
    assert state.faults == ("power fault", "cooling or fan fault")
    assert (state.restore_policy, state.last_events, state.identify) == (
        "as before",
        ("on by IPMI command",),
        "timed",
    )


def test_a_short_status_is_malformed() -> None:
    with pytest.raises(NoAnswer) as caught:
        chassis.status(FakeBmc({(0, 1): b"\x01"}))
    assert caught.value.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    ("action", "code"), [("off", 0), ("on", 1), ("cycle", 2), ("reset", 3), ("diag", 4), ("soft", 5)]
)
def test_power(action: str, code: int) -> None:
    bmc = FakeBmc({(0, 2): b""})
    chassis.power(bmc, chassis.PowerAction(action))
    assert bmc.sent(0, 2) == [bytes([code])]


@pytest.mark.parametrize(
    ("seconds", "data"), [(15, b"\x0f"), (0, b"\x00"), (999, b"\xff"), (None, b"\x00\x01")]
)
def test_p2_identify_is_a_command_of_its_own(seconds: int | None, data: bytes) -> None:
    # pyghmi's set_identify raises AttributeError in-band.
    bmc = FakeBmc({(0, 4): b""})
    chassis.identify(bmc, seconds)
    assert bmc.sent(0, 4) == [data]


def test_identify_without_end_falls_back_on_the_longest_time() -> None:
    bmc = FakeBmc({(0, 4, b"\x00\x01"): 0xC7, (0, 4, b"\xff"): b""})
    chassis.identify(bmc, None)
    assert bmc.sent(0, 4) == [b"\x00\x01", b"\xff"]


def test_a_refusal_says_why() -> None:
    with pytest.raises(NoAnswer) as caught:
        chassis.power(FakeBmc({(0, 2): 0xD4}), chassis.PowerAction.OFF)
    assert caught.value.reason is Reason.DENIED
    assert "insufficient privilege" in str(caught.value)
