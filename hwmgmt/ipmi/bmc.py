"""What a management controller (BMC) looks like to the code above the wire: one command, one answer.

The codecs above (sensors, event log, …) take a `Bmc`; tests hand in a table, the appliance a `Session`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from hwmgmt.reading import Reading, Reason, known, missing
from mailward.errors import Failed

T = TypeVar("T")


class Netfn:
    """Network functions (IPMI 2.0, table 5-1), requests only."""

    CHASSIS = 0x00
    SENSOR = 0x04
    APP = 0x06
    STORAGE = 0x0A
    TRANSPORT = 0x0C


class NoAnswer(Failed):
    """The BMC did not do what it was asked. `code` is its completion code, if it sent one."""

    key = "ipmi.no-answer"
    sentence = "IPMI: no answer ({reason}): {detail}"

    def __init__(self, reason: Reason, detail: str, *, code: int | None = None) -> None:
        super().__init__(reason=reason, detail=detail, code=code)
        self.reason = reason
        self.detail = detail
        self.code = code

    def hint(self) -> str:
        return _REMEDIES.get(self.reason, "")


class NoBmc(NoAnswer):
    """There is nothing to talk to: no device, no driver, no such host."""

    key = "ipmi.no-bmc"
    sentence = "there is no BMC to talk to: {detail}"

    def hint(self) -> str:
        return "Load the kernel modules ipmi_si and ipmi_devintf, or name a BMC with --host"


_REMEDIES = {
    Reason.DENIED: "Run as root for the BMC of this machine; for --host check user, password and privilege",
    Reason.TIMEOUT: "Try again with a longer --deadline; if it stays silent, unplug both power cords",
    Reason.UNSUPPORTED: "This BMC does not offer that; nothing to do",
    Reason.MALFORMED: "Update the BMC's firmware; send the output of `hw bmc info --json` to support",
}


class Bmc(Protocol):
    """Something that answers IPMI commands within a bounded time."""

    def ask(self, netfn: int, command: int, data: bytes = b"", *, lun: int = 0) -> bytes:
        """The bytes after a completion code of 0. Raises `NoAnswer` for everything else.

        The answer may be longer than the specification says (pyghmi's in-band session leaves stale bytes of
        earlier answers behind it): read the fields you know, never the length.
        """


# Completion codes (IPMI 2.0, table 5-2): which reason each amounts to, and the words.
_CODES: dict[int, tuple[Reason, str]] = {
    0xC0: (Reason.TIMEOUT, "node busy"),
    0xC1: (Reason.UNSUPPORTED, "invalid command"),
    0xC2: (Reason.UNSUPPORTED, "command invalid for this unit"),
    0xC3: (Reason.TIMEOUT, "timeout while processing the command"),
    0xC4: (Reason.UNSUPPORTED, "out of space"),
    0xC5: (Reason.TIMEOUT, "reservation lost"),
    0xC6: (Reason.UNSUPPORTED, "request data truncated"),
    0xC7: (Reason.UNSUPPORTED, "request length invalid"),
    0xC8: (Reason.UNSUPPORTED, "request length exceeds the limit"),
    0xC9: (Reason.UNSUPPORTED, "parameter out of range"),
    0xCA: (Reason.UNSUPPORTED, "cannot return that many bytes"),
    0xCB: (Reason.ABSENT, "requested sensor, data or record not present"),
    0xCC: (Reason.UNSUPPORTED, "invalid data field"),
    0xCD: (Reason.UNSUPPORTED, "command illegal for this sensor or record"),
    0xCE: (Reason.UNSUPPORTED, "response could not be provided"),
    0xCF: (Reason.TIMEOUT, "duplicated request"),
    0xD0: (Reason.TIMEOUT, "sensor records are being updated"),
    0xD1: (Reason.TIMEOUT, "BMC firmware is being updated"),
    0xD2: (Reason.TIMEOUT, "BMC is initialising"),
    0xD3: (Reason.ABSENT, "destination unavailable"),
    0xD4: (Reason.DENIED, "insufficient privilege"),
    0xD5: (Reason.UNSUPPORTED, "not supported in the present state"),
    0xD6: (Reason.UNSUPPORTED, "subfunction disabled"),
}


def refused(code: int, *, doing: str = "") -> NoAnswer:
    """The error a completion code other than 0 amounts to."""
    reason, words = _CODES.get(code, (Reason.UNSUPPORTED, "refused"))
    prefix = f"{doing}: " if doing else ""
    return NoAnswer(reason, f"{prefix}{words} (completion code {code:#04x})", code=code)


def cut(answer: bytes, length: int, what: str) -> bytes:
    """Exactly `length` bytes of an answer: trailing ones are ignored, missing ones make it malformed."""
    if len(answer) < length:
        raise NoAnswer(Reason.MALFORMED, f"{what}: {len(answer)} bytes instead of {length}")
    return answer[:length]


def reading(ask: Callable[[], T], unit: str = "") -> Reading[T]:
    """What `ask` answers, or why it did not: the edge at which `NoAnswer` and decoding errors end."""
    try:
        return known(ask(), unit)
    except NoAnswer as error:
        return missing(error.reason, error.detail, unit=unit)
    except ValueError as error:
        return missing(Reason.MALFORMED, str(error), unit=unit)
