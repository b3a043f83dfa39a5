"""Looked at once more (U4: listeners suspended, work queue empty), then the next boot takes the new release."""

from __future__ import annotations

from upgrade.preflight.check import Moment
from upgrade.sequence import fetch, preflight
from upgrade.sequence.work import Work


def run(work: Work) -> dict[str, str]:
    if not work.order.revert:
        preflight.require(work.ports.preflight(work.order, Moment.INSTALL, fetch.release(work)))
    work.check_cancelled()
    # On trial, with the tries that the boot loader counts down; the release before stays blessed beside it.
    work.ports.slots.prefer(work.order.target)
    return {}
