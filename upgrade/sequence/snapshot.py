"""The configuration is saved: a masked copy for people, a sealed one to go back to (U2)."""

from __future__ import annotations

from datetime import UTC, datetime

from upgrade.mailservice import ALL
from upgrade.sequence.work import Work


def run(work: Work) -> dict[str, str]:
    ports, source = work.ports, work.order.source
    ports.copies.seal(source, ports.store.running())
    name = ports.store.file_name(datetime.fromtimestamp(ports.clock.now(), UTC), str(source))
    path = ports.copies.save_masked(name, ports.store.masked())
    ports.tell(f"the configuration is saved as {path}, its passwords masked")
    before = [one for one in ports.mail.state().suspended if one != ALL]
    return {"file": str(path), "suspended": ",".join(before)}
