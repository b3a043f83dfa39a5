"""The worker process and its deadlines."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hwmgmt.ipmi import device
from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.ipmi.session import Session, worker_command
from hwmgmt.ipmi.target import InBand, Lan
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi.bmc_sim import BmcSim

pytestmark = pytest.mark.process


def refusal(call: Callable[[], object]) -> NoAnswer:
    with pytest.raises(NoAnswer) as caught:
        call()
    return caught.value


def test_no_ipmi_device_is_absent(tmp_path: Path) -> None:
    with Session(InBand(tmp_path / "ipmi0")) as session:
        error = refusal(lambda: device.read(session))
    assert error.reason is Reason.ABSENT
    assert "ipmi_si" in error.hint()


def test_a_device_of_another_kind_is_absent_not_an_exception(tmp_path: Path) -> None:
    plain = tmp_path / "ipmi0"
    plain.write_bytes(b"")
    with Session(InBand(plain)) as session:
        assert refusal(lambda: device.read(session)).reason in (Reason.ABSENT, Reason.MALFORMED)


def test_p4_a_hung_bmc_in_band_cannot_hang_the_caller(tmp_path: Path) -> None:
    (tmp_path / "ipmi0").touch()
    command = [sys.executable, str(Path(__file__).with_name("hanging_worker.py"))]
    session = Session(InBand(tmp_path / "ipmi0"), answer_s=1.0, command=command)
    started = time.monotonic()
    error = refusal(lambda: device.read(session))
    assert error.reason is Reason.TIMEOUT
    # A second question costs nothing, and no process is left behind.
    assert refusal(lambda: device.read(session)) is error
    assert time.monotonic() - started < 5.0
    assert session._worker is None


def test_the_budget_bounds_all_answers_together(tmp_path: Path) -> None:
    (tmp_path / "ipmi0").touch()
    command = [sys.executable, str(Path(__file__).with_name("hanging_worker.py"))]
    session = Session(InBand(tmp_path / "ipmi0"), answer_s=60.0, budget_s=1.0, command=command)
    started = time.monotonic()
    assert refusal(lambda: device.read(session)).reason is Reason.TIMEOUT
    assert time.monotonic() - started < 5.0


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "print('not json', flush=True); input()"])
def test_a_worker_that_dies_or_babbles_is_malformed(program: str) -> None:
    session = Session(InBand(), answer_s=5.0, command=[sys.executable, "-c", program])
    assert refusal(lambda: device.read(session)).reason is Reason.MALFORMED
    session.close()


def test_a_worker_that_cannot_be_started_is_absent() -> None:
    session = Session(InBand(), command=["/nonexistent/python"])
    assert refusal(lambda: device.read(session)).reason is Reason.ABSENT


def test_the_password_is_on_no_command_line_and_in_no_environment(
    bmc: BmcSim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILWARD_IPMI_PASSWORD", bmc.target.password)
    with Session(bmc.target) as session:
        device.read(session)
        assert session._worker
        process = Path("/proc") / str(session._worker.pid)
        words = process.joinpath("cmdline").read_bytes().split(b"\0")
        variables = process.joinpath("environ").read_bytes()
    assert bmc.target.password.encode() not in words
    assert b"MAILWARD_IPMI_PASSWORD" not in variables


def test_the_target_shows_no_password() -> None:
    assert "hunter2" not in repr(Lan("bmc", "admin", "hunter2")) + str(Lan("bmc", "admin", "hunter2"))


def test_a_pause_between_questions_costs_nothing(bmc: BmcSim) -> None:
    # The worker's own alarm runs while a command does, not while its caller thinks.
    with Session(bmc.target, answer_s=0.5) as session:
        device.read(session)
        time.sleep(3.2)
        assert device.read(session).manufacturer == 5771


def test_a_session_is_logged_out(bmc: BmcSim) -> None:
    with Session(bmc.target) as session:
        device.read(session)
        worker = session._worker
        assert worker
    assert worker.returncode == 0


def test_p9_the_session_waits_for_its_answers_itself(bmc: BmcSim) -> None:
    # pyghmi's I/O thread may take an answer before anybody waits for it; the command then waits for a retry.
    with Session(bmc.target) as session:
        assert {device.read(session).manufacturer for _ in range(50)} == {5771}
        assert session._worker
        assert len(list(Path(f"/proc/{session._worker.pid}/task").iterdir())) == 1


def test_the_worker_is_the_module_whatever_folder_it_is_started_in() -> None:
    assert worker_command()[1:] == ["-P", "-m", "hwmgmt.ipmi.worker"]
