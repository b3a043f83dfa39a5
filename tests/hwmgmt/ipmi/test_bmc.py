import pytest

from hwmgmt.ipmi.bmc import NoAnswer, cut, reading, refused
from hwmgmt.reading import Reason
from mailward.errors import Failed


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (0xC1, Reason.UNSUPPORTED),
        (0xC3, Reason.TIMEOUT),
        (0xCB, Reason.ABSENT),
        (0xD4, Reason.DENIED),
        (0x81, Reason.UNSUPPORTED),
    ],
)
def test_completion_codes_have_reasons(code: int, reason: Reason) -> None:
    error = refused(code)
    assert (error.reason, error.code) == (reason, code)
    assert isinstance(error, Failed)


def test_p5_answers_are_cut_to_what_the_specification_says() -> None:
    assert cut(b"\x01\x02" + b"junk" * 9, 2, "thing") == b"\x01\x02"
    with pytest.raises(NoAnswer) as caught:
        cut(b"\x01", 2, "thing")
    assert caught.value.reason is Reason.MALFORMED


def test_the_edge_turns_errors_into_reasons() -> None:
    def fails() -> int:
        raise refused(0xC1)

    def nonsense() -> int:
        raise ValueError("99 is no such thing")

    assert reading(lambda: 3).need() == 3
    assert reading(fails).reason is Reason.UNSUPPORTED
    assert reading(nonsense).reason is Reason.MALFORMED
