import io

import pytest

from mailward.progress import say, step


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.5
        return self.now


def lines(stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


def test_steps_nest_and_are_timed() -> None:
    out, clock = io.StringIO(), Clock()
    with step("Building", clock=clock, stream=out), step("Fetching", clock=clock, stream=out):
        say("from the cache", stream=out)
    assert lines(out) == [
        "> Building…",
        "  > Fetching…",
        "    from the cache",
        "  + Fetching (1.5 s)",
        "+ Building (4.5 s)",
    ]


def test_what_an_exception_leaves_is_not_called_done() -> None:
    out = io.StringIO()
    with pytest.raises(KeyError), step("Building", clock=Clock(), stream=out), step("Fetching", stream=out):
        raise KeyError
    assert [line.split("(")[0].strip() for line in lines(out)][-2:] == ["x", "x"]
    say("afterwards", stream=out)
    assert lines(out)[-1] == "afterwards", "the depth is what it was"
