"""The safelist/blocklist database is exported, if this appliance has one (U4)."""

from __future__ import annotations

from upgrade.sequence.work import Work


def run(work: Work) -> dict[str, str]:
    path = work.ports.slbl()
    work.ports.tell(
        f"safelist/blocklist exported to {path}" if path else "there is no safelist/blocklist to export"
    )
    return {"file": str(path)} if path else {}
