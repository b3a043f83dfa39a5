"""The worker's side of the protocol, without a process."""

from __future__ import annotations

import io
import json
import signal
from typing import Any

import pytest
from pyghmi.exceptions import IpmiException

from hwmgmt.ipmi import worker


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(2, "No such file", "/dev/ipmi0"), "absent"),
        (PermissionError(13, "denied", "/dev/ipmi0"), "denied"),
        (OSError(25, "Inappropriate ioctl for device"), "absent"),
        (TimeoutError("late"), "timeout"),
        (IpmiException("Incorrect password provided"), "denied"),
        (IpmiException("Unauthorized name"), "denied"),
        (IpmiException("Session no longer connected"), "timeout"),
        (AssertionError(), "timeout"),
        (KeyError("data"), "malformed"),
    ],
)
def test_errors_have_reasons(error: BaseException, reason: str) -> None:
    assert worker._failure(error)["reason"] == reason


def test_p6_an_unreachable_bmc_is_told_in_words() -> None:
    # pyghmi says `IpmiException: None`.
    failure = worker._failure(IpmiException("None"))
    assert failure["reason"] == "timeout"
    assert "no answer from the BMC" in failure["detail"]


class Stub:
    """A session that answers, refuses, slips and times out, as pyghmi does."""

    answers: tuple[Any, ...] = (
        {"code": 0, "data": bytearray(b"\x20\x01")},
        {"code": 0xC1, "error": "Invalid command", "data": b""},
        {"code": 0xFFFF, "error": "timeout"},
    )

    def __init__(self) -> None:
        self.left = iter(self.answers)
        self.logged_out = False

    def logout(self) -> None:
        self.logged_out = True

    def raw_command(self, **request: Any) -> Any:
        for answer in self.left:
            return answer
        raise AssertionError("a bare one, as in get_bootdev")


def test_requests_and_answers_are_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub()
    monkeypatch.setattr(worker, "_open", lambda target: stub)
    monkeypatch.setattr(signal, "alarm", lambda seconds: None)
    ask = json.dumps({"netfn": 6, "command": 1, "data": "", "lun": 0, "alarm": 1})
    answers = io.StringIO()
    worker.serve(io.StringIO("\n".join(['{"kind": "in-band", "alarm": 1}', *[ask] * 4])), answers)
    lines = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert lines[:3] == [{"ready": True}, {"code": 0, "data": "2001"}, {"code": 0xC1, "data": ""}]
    assert lines[3]["reason"] == "timeout"
    assert "AssertionError" in lines[4]["detail"]
    assert stub.logged_out
