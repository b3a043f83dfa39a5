"""The release is in the free slot, read back and compared, and the boot loader leaves it alone for now.

It comes before the listeners are suspended, because it takes longest and disturbs nobody.
"""

from __future__ import annotations

from upgrade.sequence import fetch
from upgrade.sequence.work import Work


def run(work: Work) -> dict[str, str]:
    if work.order.revert:
        return {}
    work.ports.slots.install(fetch.release(work), work.progress)
    # Written means bootable; it is not to be before the configuration was migrated and found valid.
    work.ports.slots.mark_bad(work.order.target)
    return {}
