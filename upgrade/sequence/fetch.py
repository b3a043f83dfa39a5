"""The release is on `var`, every file of it checked. Mail flows meanwhile."""

from __future__ import annotations

from upgrade.sequence.work import Work
from upgrade.slots.protocol import FetchedRelease


def run(work: Work) -> dict[str, str]:
    if not work.order.revert:
        release(work)
    return {}


def release(work: Work) -> FetchedRelease:
    """What was fetched; what is missing of it is fetched now."""
    target, ports = work.order.target, work.ports
    if target not in ports.kept:
        here = next((one for one in ports.fetcher.fetched() if one.version == target), None)
        ports.kept[target] = here or ports.fetcher.fetch(work.order.url, target, work.progress)
    return ports.kept[target]
