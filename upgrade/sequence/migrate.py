"""A copy of the configuration is migrated and validated by the new release itself, from its slot (U10, U19–U23)."""

from __future__ import annotations

import json

from upgrade.sequence.work import Work

TOLD = 20  # lines of the report that the journal keeps


def run(work: Work) -> dict[str, str]:
    ports, order = work.ports, work.order
    running = ports.store.running()
    # Once more: somebody may have committed a change since the snapshot.
    ports.copies.seal(order.source, running)
    with ports.slots.mounted_root(order.target) as root:
        prepared = ports.release.prepare(root, order.source, running)
    ports.copies.stage(order.target, prepared.document)
    for line in prepared.report:
        ports.tell(line)
    return {"report": json.dumps(prepared.report[:TOLD])}
