"""What the gate looks at, each a sentence about what is wrong or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from mailward.errors import MailwardError
from upgrade.mailservice import Census, MailService

LEAST_FREE = 64 << 20  # octets on /var
PROBE_SECONDS = 20.0


class Host(Protocol):
    """The system as the gate sees it; each call may raise a `MailwardError`."""

    def failed_units(self) -> Sequence[str]: ...

    def free(self) -> int:
        """Octets free on /var."""


class Checks:
    """Asked every few seconds. The probe and the census are asked for once they can be, and then count as seen."""

    def __init__(
        self,
        mail: MailService,
        host: Host,
        *,
        before: Census | None,
        after: Census | None,
        applied: Callable[[], bool],
    ) -> None:
        self._mail, self._host, self._applied = mail, host, applied
        self._before, self._after = before, after
        self._probed = False

    def __call__(self) -> list[str]:
        return [*self._queue(), *self._configuration(), *self._system(), *self._service()]

    def _queue(self) -> Iterator[str]:
        before, after = self._before, self._after
        if before is not None and after is not None and before != after:
            yield f"the queue had {before.messages} messages before the reboot and {after.messages} other ones after it"

    def _configuration(self) -> Iterator[str]:
        yield from _problems(lambda: "" if self._applied() else "the migrated configuration is not what runs")

    def _system(self) -> Iterator[str]:
        yield from _problems(self._units)
        yield from _problems(lambda: "/var is almost full" if self._host.free() < LEAST_FREE else "")

    def _units(self) -> str:
        failed = self._host.failed_units()
        return f"units failed: {', '.join(failed)}" if failed else ""

    def _service(self) -> Iterator[str]:
        yield from _problems(self._mail_flows)

    def _mail_flows(self) -> str:
        state = self._mail.state()
        if state.full:
            return "the queue takes no more mail"
        held_back = state.delivery_suspended or state.work_paused
        if not self._probed and not held_back:  # what an administrator holds back, the probe cannot pass
            self._mail.probe(PROBE_SECONDS)
            self._probed = True
        return ""


def _problems(look: Callable[[], str]) -> Iterator[str]:
    try:
        if found := look():
            yield found
    except MailwardError as error:
        yield error.explain()
    except OSError as error:
        yield str(error)
