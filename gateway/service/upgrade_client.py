"""The mail service as an upgrade sees it (`upgrade.mailservice`, U4), through the control socket."""

from __future__ import annotations

from pathlib import Path

from gateway.queue.census import census
from gateway.service.client import ControlClient
from gateway.service.probe import probe
from gateway.service.state import ALL
from upgrade.mailservice import Census, MailState

SPOOL = Path("/var/spool/mailward")


class UpgradeClient:
    """Fits `upgrade.mailservice.MailService`. Every call raises NotRunning, or a refusal as RemoteError."""

    def __init__(self, client: ControlClient, spool: Path = SPOOL) -> None:
        self._client = client
        self._spool = spool

    def state(self) -> MailState:
        status = self._client.ask("status")
        suspended = tuple(sorted(str(name) for name in status["suspended_listeners"]))
        return MailState(
            work_queue=int(status["work_queue"]),
            queued=int(status["messages"]),
            suspended=suspended,
            all_suspended=ALL in suspended,
            delivery_suspended=bool(status["delivery_suspended"]),
            work_paused=bool(status["work_paused"]),
            full=bool(status["full"]),
        )

    def suspend_listeners(self, delay: float) -> MailState:
        self._client.ask("listeners.suspend", listeners=[ALL], delay=delay)
        return self.state()

    def resume_listeners(self, keep: tuple[str, ...] = ()) -> MailState:
        self._client.ask("listeners.resume", listeners=[ALL])
        if keep:
            self._client.ask("listeners.suspend", listeners=list(keep), delay=0)
        return self.state()

    def census(self) -> Census:
        return Census(*census(self._spool))

    def probe(self, seconds: float) -> None:
        probe(self._client, seconds)
