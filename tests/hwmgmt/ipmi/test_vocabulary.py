from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.ipmi import vocabulary
from hwmgmt.ipmi.vocabulary import Severity, worst


def test_words() -> None:
    assert vocabulary.unit_name(18) == "rpm"
    assert vocabulary.unit_name(200) == "unit 200"
    assert vocabulary.sensor_type_name(8) == "Power Supply"
    assert vocabulary.state(0x6F, 8, 1).severity is not Severity.OK
    assert vocabulary.state(0x6F, 8, 1, deasserted=True).severity is Severity.OK
    assert vocabulary.state(0x6F, 0xFE, 1).text == "state 1 (type 0xfe/0x6f)"


def test_the_worst_counts() -> None:
    assert worst([]) is Severity.OK
    assert worst([Severity.WARNING, Severity.FAILED, Severity.CRITICAL]) is Severity.FAILED


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 15), st.booleans())
def test_every_state_has_words(reading_type: int, sensor_type: int, offset: int, deasserted: bool) -> None:
    assert vocabulary.state(reading_type, sensor_type, offset, deasserted=deasserted).text
