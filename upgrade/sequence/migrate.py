"""A copy of the configuration is migrated and validated by the new release itself, from its slot (U10, U19–U23)."""

from __future__ import annotations

import json
from pathlib import Path

from mailward.errors import Rejected
from upgrade.migrations.document import dump, parse, put
from upgrade.sequence import fetch
from upgrade.sequence.ports import Prepared
from upgrade.sequence.work import Work

TOLD = 20  # lines of the report that the journal keeps


def run(work: Work) -> dict[str, str]:
    ports, order = work.ports, work.order
    running = ports.store.running()
    # Once more: somebody may have committed a change since the snapshot.
    ports.copies.seal(order.source, running)
    with ports.slots.mounted_root(order.target) as root:
        prepared = _back(work, root, running) if order.revert else _forth(work, root, running)
    ports.copies.stage(order.target, prepared.document)
    for line in prepared.report:
        ports.tell(line)
    return {"report": json.dumps(prepared.report[:TOLD])}


def _forth(work: Work, root: Path, running: bytes) -> Prepared:
    # Which migrations there are, the release's own signed document says.
    release = fetch.release(work).release
    wanted = [one.id for one in release.migrations if one.concerns_source(work.order.source)]
    return work.ports.release.prepare(root, wanted, answered(running, work.order.service_logs))


def answered(document: bytes, service_logs: str) -> bytes:
    """With the answer about service logs in it (U16)."""
    if not service_logs:
        return document
    root = parse(document)
    put(root, "updates/service_logs", service_logs)
    return dump(root)


def _back(work: Work, root: Path, running: bytes) -> Prepared:
    """The configuration of now if the older release takes it, or else the one it had (U14)."""
    ports = work.ports
    before = ports.copies.open(work.order.target)
    try:
        return ports.release.prepare(root, (), running)
    except Rejected:
        if before is None:
            raise
    ports.tell(f"{work.order.target} cannot read this configuration; it gets the one it had")
    return ports.release.prepare(root, (), before)
