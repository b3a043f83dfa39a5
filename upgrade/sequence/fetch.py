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
    target = work.order.target
    here = next((one for one in work.ports.fetcher.fetched() if one.version == target), None)
    return here or work.ports.fetcher.fetch(work.order.url, target, work.progress)
