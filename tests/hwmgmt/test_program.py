import time

import pytest

from hwmgmt.program import run
from hwmgmt.reading import Reason


def test_a_program_that_is_not_there() -> None:
    assert run(["storcli-of-nobody"], deadline=1).reason is Reason.ABSENT


@pytest.mark.process
def test_output_and_status() -> None:
    finished = run(["sh", "-c", "echo out; echo oops >&2; exit 4"], deadline=5).need()
    assert (finished.status, finished.output, finished.complaint) == (4, "out\n", "oops")


@pytest.mark.process
def test_the_deadline_holds() -> None:
    started = time.monotonic()
    assert run(["sleep", "30"], deadline=0.2).reason is Reason.TIMEOUT
    assert time.monotonic() - started < 10


@pytest.mark.process
def test_a_grandchild_that_keeps_the_pipe_open_does_not_hang_the_caller() -> None:
    started = time.monotonic()
    assert run(["sh", "-c", "sleep 5 & sleep 30"], deadline=0.2).reason is Reason.TIMEOUT
    assert time.monotonic() - started < 4
