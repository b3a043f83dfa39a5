"""The process that holds the pyghmi session. It may be killed at any time; nothing but it can hang.

pyghmi's in-band session waits for an answer without end and does not check whose answer it gets; over LAN its
retries take as long as they like. So the session lives here: requests and answers are lines of JSON on
standard input and output, and the caller (session.py) kills the process when a deadline passes. The
password comes on standard input too, never on a command line.

    < {"kind": "lan", "host": …}                                        > {"ready": true}
    < {"netfn": 6, "command": 1, "data": "", "lun": 0}                  > {"code": 0, "data": "2023…"}
                                                                        > {"reason": "timeout", "detail": "…"}

Little is imported: the start must be cheap.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from typing import IO, Any

from pyghmi.exceptions import PyghmiException

from hwmgmt.ipmi.quirks import poll_directly

# What pyghmi lets through when a BMC answers nonsense. Should it raise anything else, this process dies, and
# the caller answers "malformed" all the same.
_SLIPS = (
    OSError,
    AssertionError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    struct.error,
)

_LOGOUT_S = 1

# pyghmi's words at a login that fails, by what they amount to. It has no error codes for these.
_DENIED = ("password", "unauthorized", "username", "privilege", "not permitted", "denied")


def _amounts_to(words: str) -> str:
    lowered = words.lower()
    if any(word in lowered for word in _DENIED):
        return "denied"
    # An unreachable BMC ends as `IpmiException: None`, a lost session as 'timeout' or
    # 'Session no longer connected'.
    return "timeout" if lowered in ("none", "") or "time" in lowered or "connect" in lowered else "malformed"


def _failure(error: BaseException) -> dict[str, Any]:
    """An exception of pyghmi, the system or a decoder as the caller's reason and detail."""
    if isinstance(error, FileNotFoundError):
        return {"reason": "absent", "detail": f"{error.filename}: no such device"}
    if isinstance(error, PermissionError):
        return {"reason": "denied", "detail": f"{error.filename}: permission denied"}
    if isinstance(error, TimeoutError):
        return {"reason": "timeout", "detail": str(error)}
    if isinstance(error, OSError):
        # ENXIO, ENODEV (driver gone), ENOTTY (not an IPMI device), name resolution, network unreachable.
        return {"reason": "absent", "detail": error.strerror or str(error)}
    words = str(error)
    reason = _amounts_to(words)
    if reason == "timeout" and words in ("None", ""):
        words = "no answer from the BMC: wrong address, firewall, or IPMI over LAN is disabled there"
    return {"reason": reason, "detail": f"{words or 'no detail'} [{type(error).__name__}]"}


def _open(target: dict[str, Any]) -> Any:
    if target["kind"] == "in-band":
        from pyghmi.ipmi.private.localsession import Session as LocalSession

        return LocalSession(target["device"])
    from pyghmi.ipmi.private import session

    poll_directly(session)
    return session.Session(
        bmc=target["host"],
        userid=target["user"],
        password=target["password"],
        port=target["port"],
        kg=bytes.fromhex(target["kg"]) or None,
    )


def _ask(session: Any, request: dict[str, Any]) -> dict[str, Any]:
    answer = session.raw_command(
        netfn=request["netfn"],
        command=request["command"],
        data=tuple(bytes.fromhex(request["data"])),
        rslun=request["lun"],
    )
    code = answer.get("code", 0)
    if code > 0xFF:  # pyghmi's own code for "no answer after all retries"
        return {"reason": "timeout", "detail": "no answer after all retries"}
    return {"code": code, "data": bytes(bytearray(answer.get("data", b""))).hex()}


def serve(requests: IO[str], answers: IO[str]) -> None:
    """Read the target, open the session, answer until the input ends."""

    def say(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    session: Any = None
    for line in requests:
        request = json.loads(line)
        signal.alarm(request["alarm"])
        try:
            if session is None:
                session = _open(request)
                say({"ready": True})
            else:
                say(_ask(session, request))
        except (*_SLIPS, PyghmiException) as error:
            say(_failure(error))
            if session is None:
                return
        finally:
            # The caller may think as long as it likes before it asks again.
            signal.alarm(0)
    signal.alarm(_LOGOUT_S)
    if hasattr(session, "logout"):
        # A BMC has room for a handful of sessions and keeps one that just vanished for a minute.
        session.logout()


def main() -> None:
    # pyghmi may print; nothing but our lines may reach the caller.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    serve(sys.stdin, answers)
    answers.flush()
    # Not sys.exit(): pyghmi leaves handlers behind that would log out again, and wait.
    os._exit(0)


if __name__ == "__main__":
    main()
