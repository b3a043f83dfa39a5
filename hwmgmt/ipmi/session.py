"""The caller's side of an IPMI session: a worker process, one deadline per answer and one for all."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from hwmgmt.ipmi.bmc import NoAnswer, NoBmc, refused
from hwmgmt.ipmi.target import Target
from hwmgmt.reading import Reason

# One command over KCS takes some 10 ms, over a slow LAN with a retry about a second.
ANSWER_S = 5.0
BUDGET_S = 30.0
# The end of its input ends a worker at once; this is for one that hangs.
LOGOUT_S = 1.0
# A line is at most 255 bytes of answer in hex.
LINE_LIMIT = 4096
SECRET_VARIABLES = ("MAILWARD_IPMI_PASSWORD",)


def _ended(worker: subprocess.Popen[bytes], within_s: float) -> bool:
    try:
        worker.wait(timeout=within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def worker_command() -> list[str]:
    """How the worker is started. -P: the folder it is started in is not a source of modules."""
    return [sys.executable, "-P", "-m", "hwmgmt.ipmi.worker"]


class Session:
    """A `Bmc` behind a worker process.

    `answer_s` bounds each answer and `budget_s` the whole session, in seconds. The process starts with the
    first command. Once a deadline has passed the worker is killed and the session is lost: each further
    command fails at once with the same reason, so that a caller asking for a hundred values waits once.
    (Killing it is also what keeps a late answer from being taken for that of the next command: pyghmi's
    in-band session does not compare message ids.)
    """

    def __init__(
        self,
        target: Target,
        *,
        answer_s: float = ANSWER_S,
        budget_s: float = BUDGET_S,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.target = target
        self._answer_s = answer_s
        self._clock = clock
        self._ends = clock() + budget_s
        self._command = list(command or worker_command())
        self._worker: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._lost: NoAnswer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def ask(self, netfn: int, command: int, data: bytes = b"", *, lun: int = 0) -> bytes:
        """See `hwmgmt.ipmi.bmc.Bmc`. Ends within `answer_s` seconds, twice that if it logs in."""
        if self._lost:
            raise self._lost
        if self._worker is None:
            self._start()
        answer = self._exchange({"netfn": netfn, "command": command, "data": data.hex(), "lun": lun})
        if reason := answer.get("reason"):
            error = NoAnswer(Reason(reason), answer["detail"])
            if error.reason is Reason.TIMEOUT:
                self._lose(error)
            raise error
        if code := answer["code"]:
            raise refused(code, doing=f"command {netfn:#04x} {command:#04x}")
        return bytes.fromhex(answer["data"])

    def close(self) -> None:
        """End the worker, logging out unless the session is lost. Takes two seconds at most."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        for pipe in (worker.stdin, worker.stdout):
            if pipe:
                pipe.close()
        if self._lost or not _ended(worker, LOGOUT_S):
            worker.kill()
            # One that is stuck in an ioctl dies when the driver lets go; there is nothing to wait for here.
            _ended(worker, LOGOUT_S)

    def _start(self) -> None:
        # The worker finds the same modules as this process, however that was set up (wheels, venv).
        environment = {name: value for name, value in os.environ.items() if name not in SECRET_VARIABLES}
        environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100
        try:
            self._worker = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                bufsize=0,
            )
        except OSError as error:
            raise self._lose(NoAnswer(Reason.ABSENT, f"cannot start the IPMI worker: {error}")) from error
        answer = self._exchange(self.target.to_dict())
        if reason := answer.get("reason"):
            kind = NoBmc if reason == Reason.ABSENT else NoAnswer
            raise self._lose(kind(Reason(reason), f"{self.target}: {answer['detail']}"))

    def _exchange(self, request: dict[str, object]) -> dict[str, Any]:
        worker = self._worker
        assert worker and worker.stdin and worker.stdout
        deadline = min(self._clock() + self._answer_s, self._ends)
        try:
            # The worker ends itself should this process be gone by then.
            line_out = json.dumps({**request, "alarm": int(self._answer_s) + 2})
            worker.stdin.write(line_out.encode() + b"\n")
            line = self._line(worker.stdout.fileno(), deadline)
        except BrokenPipeError:
            line = b""
        if line is None:
            raise self._lose(NoAnswer(Reason.TIMEOUT, f"{self.target}: no answer within the deadline"))
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise self._lose(NoAnswer(Reason.MALFORMED, f"{self.target}: the IPMI worker died")) from error
        assert isinstance(answer, dict)
        return answer

    def _line(self, fd: int, deadline: float) -> bytes | None:
        """The worker's next line; None when the deadline passed, empty when the worker is gone."""
        while b"\n" not in self._buffer:
            left = deadline - self._clock()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                return None
            chunk = os.read(fd, LINE_LIMIT)
            if not chunk or len(self._buffer) > LINE_LIMIT:
                return b""
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _lose(self, error: NoAnswer) -> NoAnswer:
        self._lost = error
        self.close()
        return error
