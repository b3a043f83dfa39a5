"""What was asked for, and what it takes to carry it out; kept in the journal, so that any boot can go on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from mailward.version import Version
from upgrade.gate.judge import DEADLINE, STABILITY
from upgrade.journal import Event

DELAY = 30.0  # seconds until the reboot, and until open connections are closed
DRAIN = 900.0  # seconds the work queue may take to empty


@dataclass(frozen=True, slots=True)
class Order:
    """An upgrade somebody asked for.

    Attributes:
        url: where the release comes from, as `upgrade.slots.protocol.Fetcher` takes it.
        delay: seconds that open connections have, and that pass before the reboot.
        drain: seconds the work queue may take.
        deadline, stability: of the health gate, in seconds.
        service_logs: the answer to U16's question, yes or no; empty leaves it as it is.
        revert: the release is in the other slot already, from before (`upgrade.revert`).
        confirmed: fibre ports whose switch somebody looked at (U6), separated by commas.
    """

    source: Version
    target: Version
    url: str = ""
    delay: float = DELAY
    drain: float = DRAIN
    deadline: float = DEADLINE
    stability: float = STABILITY
    service_logs: str = ""
    force: bool = False
    confirmed: str = ""
    revert: bool = False

    @property
    def ports(self) -> tuple[str, ...]:
        return tuple(self.confirmed.split(",")) if self.confirmed else ()

    def facts(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items() if name not in ("source", "target")}

    @classmethod
    def of(cls, event: Event) -> Order:
        """From the event that began it. What an older or newer release wrote besides is left out."""
        made: dict[str, Any] = {"source": event.source, "target": event.target}
        for field in fields(cls):
            text = event.facts.get(field.name)
            if text is not None:
                made[field.name] = _PARSERS[str(field.type)](text)
        return cls(**made)


_PARSERS: dict[str, Any] = {"str": str, "float": float, "bool": lambda text: text == "True"}
