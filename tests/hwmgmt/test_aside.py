import threading

import pytest

from hwmgmt.aside import start
from hwmgmt.reading import Reading, Reason, known


def test_readers_run_side_by_side() -> None:
    together = threading.Barrier(2, timeout=5)

    def reader() -> Reading[int]:
        together.wait()
        return known(1)

    assert [wait(5).need() for wait in (start(reader), start(reader))] == [1, 1]


def test_one_that_hangs_is_a_timeout() -> None:
    release = threading.Event()

    def hangs() -> Reading[int]:
        release.wait(10)
        return known(1)

    assert start(hangs)(0.01).reason is Reason.TIMEOUT
    release.set()


def test_an_error_of_the_system_is_its_reason() -> None:
    def refused() -> Reading[int]:
        raise PermissionError(13, "Permission denied")

    assert start(refused)(5).reason is Reason.DENIED


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_reads_as_malformed() -> None:
    def defect() -> Reading[int]:
        raise ZeroDivisionError

    assert start(defect)(5).reason is Reason.MALFORMED
