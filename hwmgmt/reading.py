"""What a reader of hardware answers: a value *with a reason*.

A sensor that is not fitted, a file one may not read and a number that makes no sense are three things, and
an administrator acts differently on each. So no reader of this floor raises past its edge or answers a bare
`None`: it answers a `Reading`, and nothing reads without a bound (bytes here, time where a device can stall).

Readers of sysfs take the root of the file tree, `Path("/")` on the appliance, a made-up tree in tests.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

from mailward.errors import Failed

T = TypeVar("T")
U = TypeVar("U")

# An attribute of sysfs is at most one page; what is longer is not one.
PAGE = 4096


class Reason(StrEnum):
    """Why a reading has its value, or has none."""

    OK = "ok"
    ABSENT = "absent"  # there is no such part, file or program here
    UNSUPPORTED = "unsupported"  # the part is there and does not offer this
    DENIED = "denied"  # it would answer someone with more rights
    TIMEOUT = "timeout"  # it did not answer before the deadline
    MALFORMED = "malformed"  # it answered, and the answer makes no sense


class NoReading(Failed):
    """A value was needed and the reading has none."""

    key = "hw.no-reading"
    sentence = "no reading ({reason}): {detail}"


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """A value in `unit`, or the reason why there is none.

    `value` is None exactly when `reason` is not ok. `unit` is the field's own short form ("bytes", "°C",
    "rpm"), empty for names and flags. `detail` is for people: the path, the message of the system.
    """

    value: T | None
    unit: str = ""
    reason: Reason = Reason.OK
    detail: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if (self.value is None) != (self.reason is not Reason.OK):
            raise ValueError(f"a reading has a value or a reason why not: {self.value!r}, {self.reason}")

    def __str__(self) -> str:
        if self.value is None:
            return f"({self.reason})"
        return f"{self.value} {self.unit}".rstrip()

    @property
    def ok(self) -> bool:
        return self.reason is Reason.OK

    def need(self) -> T:
        """The value. Raises `NoReading` when there is none."""
        if self.value is None:
            raise NoReading(reason=self.reason.value, detail=self.detail or "no detail")
        return self.value

    def otherwise(self, fallback: T) -> T:
        """The value, or `fallback` when there is none."""
        return fallback if self.value is None else self.value

    def map(self, convert: Callable[[T], U], *, unit: str = "") -> Reading[U]:
        """The reading with its value converted; a ValueError of `convert` makes it malformed."""
        if self.value is None:
            return Reading(None, unit or self.unit, self.reason, self.detail)
        try:
            return known(convert(self.value), unit, detail=self.detail)
        except ValueError as error:
            return missing(Reason.MALFORMED, f"{self.detail}: {error}".removeprefix(": "), unit=unit)


def known(value: U, unit: str = "", *, detail: str = "") -> Reading[U]:
    """A reading that has its value."""
    return Reading(value, unit, Reason.OK, detail)


def missing(reason: Reason, detail: str = "", *, unit: str = "") -> Reading[U]:
    """A reading that has none."""
    return Reading(None, unit, reason, detail)


_BY_ERRNO = {
    errno.ENOENT: Reason.ABSENT,
    errno.ENODEV: Reason.ABSENT,
    errno.ENXIO: Reason.ABSENT,
    errno.ENOTDIR: Reason.ABSENT,
    errno.ESRCH: Reason.ABSENT,
    errno.ENOMEDIUM: Reason.ABSENT,
    errno.EACCES: Reason.DENIED,
    errno.EPERM: Reason.DENIED,
    errno.ETIMEDOUT: Reason.TIMEOUT,
    errno.EBUSY: Reason.TIMEOUT,
    errno.EAGAIN: Reason.TIMEOUT,
    # sysfs answers EINVAL for what the hardware cannot say, such as the speed of a link that is down.
    errno.EINVAL: Reason.UNSUPPORTED,
    errno.EOPNOTSUPP: Reason.UNSUPPORTED,
    errno.ENOTTY: Reason.UNSUPPORTED,
    errno.ENOSYS: Reason.UNSUPPORTED,
    errno.EISDIR: Reason.UNSUPPORTED,
}


def reason_of(error: OSError) -> Reason:
    """Which reason an error of the system amounts to; one not in the table (EIO) counts as malformed."""
    return _BY_ERRNO.get(error.errno or 0, Reason.MALFORMED)


def failed(error: OSError, about: object = "", *, unit: str = "") -> Reading[U]:
    """The reading that an OSError amounts to."""
    return missing(reason_of(error), f"{about}: {error.strerror or error}".removeprefix(": "), unit=unit)


def under(root: Path, path: str | Path) -> Path:
    """`path`, absolute or not, below `root`."""
    return root / str(path).lstrip("/")


def read_text(root: Path, path: str | Path, *, limit: int = PAGE) -> Reading[str]:
    """A small text file without its closing white space; an empty one is absent, as sysfs means it."""
    place = under(root, path)
    try:
        with place.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        return failed(error, place)
    if len(raw) > limit:
        return missing(Reason.MALFORMED, f"{place}: more than {limit} bytes")
    text = raw.decode("utf-8", "replace").strip().strip("\0")
    return known(text, detail=str(place)) if text else missing(Reason.ABSENT, f"{place}: empty")


def read_int(root: Path, path: str | Path, unit: str = "", *, base: int = 10) -> Reading[int]:
    """A number; `base` 16 for files like `device/vendor` (0x8086)."""
    return read_text(root, path).map(lambda text: int(text, base), unit=unit)


def read_flag(root: Path, path: str | Path) -> Reading[bool]:
    """A 0 or 1 (Y and N of module parameters too)."""
    return read_text(root, path).map(_flag)


def _flag(text: str) -> bool:
    try:
        return {"0": False, "1": True, "N": False, "Y": True}[text]
    except KeyError:
        raise ValueError(f"{text!r} is neither 0 nor 1") from None


def read_link_name(root: Path, path: str | Path) -> Reading[str]:
    """The last part of where a symlink points, e.g. the driver of `device/driver`."""
    place = under(root, path)
    try:
        return known(place.readlink().name, detail=str(place))
    except OSError as error:
        # readlink() of what exists and is no symlink answers EINVAL.
        return failed(error, place)


def list_names(root: Path, path: str | Path) -> Reading[tuple[str, ...]]:
    """Names in a folder, sorted; absent when there is no folder."""
    place = under(root, path)
    try:
        return known(tuple(sorted(entry.name for entry in place.iterdir())), detail=str(place))
    except OSError as error:
        return failed(error, place)
