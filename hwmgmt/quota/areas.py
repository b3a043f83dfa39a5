"""The quota areas of an appliance, and the rules for their sizes (H4). Pure: no file is touched.

- The areas together never exceed the disk.
- On a disk smaller than the model's, the mail queue keeps its size and the other areas share what is left in
  the model's proportions. Where it does not even fit, it has half: a smaller area is better than no limit.
- An area that is lowered below its use loses something; what, is said before it happens.
- Alerts at 75, 85 and 95 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hwmgmt.models.model import QuotaArea
from hwmgmt.size import MIB, format_size
from mailward.errors import Rejected

# Per cent of an area in use, the highest first.
ALERTS = (95, 85, 75)

# Less than this no area works with.
MINIMUM = 128 * MIB

# Of /var, per cent that no area may have: the journal, systemd's state, what is forgotten.
UNASSIGNED = 2


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """What is fixed about an area.

    Attributes:
        project: its id in the kernel. Never reused: files on disks in the field carry it.
        folders: absolute paths that count for it (docs/architecture.md).
        loss: what happens to content that exceeds a lowered limit.
    """

    project: int
    title: str
    folders: tuple[str, ...]
    loss: str


AREAS: Mapping[QuotaArea, AreaFacts] = {
    QuotaArea.MAIL_QUEUE: AreaFacts(
        101,
        "mail queue",
        ("/var/spool/mailward",),
        "no new mail is accepted until the queue has drained below the limit; no queued message is lost",
    ),
    QuotaArea.SPAM_QUARANTINE: AreaFacts(
        102,
        "spam quarantine",
        ("/var/lib/mailward/quarantine/spam",),
        "the oldest quarantined messages are deleted",
    ),
    QuotaArea.POLICY_QUARANTINES: AreaFacts(
        103,
        "policy, virus and outbreak quarantines",
        ("/var/lib/mailward/quarantine/policy",),
        "the default action of each quarantine is taken on its oldest messages: released or deleted",
    ),
    QuotaArea.REPORTING: AreaFacts(
        104, "reporting", ("/var/lib/mailward/reporting",), "the oldest reporting data is deleted"
    ),
    QuotaArea.TRACKING: AreaFacts(
        105, "tracking", ("/var/lib/mailward/tracking",), "the oldest message tracking data is deleted"
    ),
    QuotaArea.MISCELLANEOUS: AreaFacts(
        106,
        "miscellaneous: logs, captures, configuration, syslog buffers",
        ("/var/log/mailward", "/var/configuration"),
        "nothing is deleted, but no log line and no configuration can be written until somebody makes room",
    ),
}


class DiskTooSmall(Rejected):
    key = "hw.quota.disk-too-small"
    sentence = "the areas need at least {needed} of /var, which has {capacity}"
    remedy = "Give the appliance a disk of at least the model's minimum (`mailward hw model NAME`)"


class OverDisk(Rejected):
    key = "hw.quota.over-disk"
    sentence = "{area} cannot have {wanted}: all areas together would be {over} larger than the disk"
    remedy = "Choose at most {most}, or lower another area first"


class BelowMinimum(Rejected):
    key = "hw.quota.below-minimum"
    sentence = "{area} cannot have {wanted}"
    remedy = "Choose at least {least}"


class BelowUse(Rejected):
    """Lowering would lose something, and nobody has agreed to that."""

    key = "hw.quota.below-use"
    sentence = "{area} uses {used}, {excess} more than {wanted}: {loss}"
    remedy = "Make room first, or repeat it with --force to accept the loss"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one area that obeys the rules. `loss` is empty if nothing is lost."""

    area: QuotaArea
    before: int
    after: int
    loss: str


def assignable(capacity: int) -> int:
    """Bytes of a /var of `capacity` bytes that the areas may have together."""
    return capacity * (100 - UNASSIGNED) // 100


def plan(wanted: Mapping[QuotaArea, int], capacity: int) -> dict[QuotaArea, int]:
    """Sizes of the areas on a /var of `capacity` bytes, from the model's. Raises `DiskTooSmall`.

    A larger disk leaves the rest free for the administrator to assign.
    """
    room = assignable(capacity)
    if sum(wanted.values()) <= room:
        return dict(wanted)
    least = MINIMUM * len(wanted)
    if room < least:
        raise DiskTooSmall(needed=format_size(least), capacity=format_size(capacity))
    queue, most = wanted[QuotaArea.MAIL_QUEUE], room - least + MINIMUM
    if queue > most:
        queue = min(max(room // 2, MINIMUM), most) // MIB * MIB
    others = dict(wanted)
    del others[QuotaArea.MAIL_QUEUE]
    return {QuotaArea.MAIL_QUEUE: queue, **_cut(others, room - queue)}


def fill(
    wanted: Mapping[QuotaArea, int], limits: Mapping[QuotaArea, int], capacity: int
) -> dict[QuotaArea, int]:
    """Sizes of the areas whose limit is 0, beside those that have one. Raises `DiskTooSmall`.

    On a new appliance that is `plan`; later there may be an area that a new release brought.
    """
    sizes = {area: size for area, size in plan(wanted, capacity).items() if not limits[area]}
    taken = sum(limits.values())
    room = assignable(capacity) - taken
    if sum(sizes.values()) <= room:
        return sizes
    least = MINIMUM * len(sizes)
    if room < least:
        raise DiskTooSmall(needed=format_size(taken + least), capacity=format_size(capacity))
    return _cut(sizes, room)


def _cut(wanted: Mapping[QuotaArea, int], room: int) -> dict[QuotaArea, int]:
    """Everyone has the minimum; what is wanted beyond it is cut in proportion, to whole MiB."""
    beyond = {area: max(0, size - MINIMUM) for area, size in wanted.items()}
    total = max(1, sum(beyond.values()))
    spare = min(room - MINIMUM * len(wanted), total)  # nobody gets more than is wanted
    return {area: MINIMUM + size * spare // total // MIB * MIB for area, size in beyond.items()}


def change(
    limits: Mapping[QuotaArea, int],
    used: int,
    capacity: int,
    area: QuotaArea,
    size: int,
    *,
    force: bool = False,
) -> Change:
    """Check a new size of `area`; `limits` are those of all areas, `used` is its use in bytes.

    Raises `BelowMinimum`, `OverDisk`, or `BelowUse` unless `force` accepts the loss.
    """
    facts = AREAS[area]
    if size < MINIMUM:
        raise BelowMinimum(area=facts.title, wanted=format_size(size), least=format_size(MINIMUM))
    others = sum(limit for other, limit in limits.items() if other is not area)
    most = assignable(capacity) - others
    # A disk that shrank, or limits set by other means, must not forbid to lower one.
    if size > most and size > limits.get(area, 0):
        raise OverDisk(
            area=facts.title,
            wanted=format_size(size),
            over=format_size(size - most),
            most=format_size(max(most, MINIMUM)),
        )
    loss = below_use(area, used, size)
    if loss and not force:
        raise loss
    return Change(area, limits.get(area, 0), size, facts.loss if loss else "")


def below_use(area: QuotaArea, used: int, size: int) -> BelowUse | None:
    """What a limit of `size` bytes would cost an area that uses `used`; None if nothing."""
    if size >= used:
        return None
    return BelowUse(
        area=AREAS[area].title,
        used=format_size(used),
        excess=format_size(used - size),
        wanted=format_size(size),
        loss=AREAS[area].loss,
    )


def alert(used: int, limit: int) -> int:
    """The highest threshold (75, 85, 95 %) that is reached; 0 for none, and for an area without limit."""
    if limit <= 0:
        return 0
    return next((level for level in ALERTS if used * 100 >= limit * level), 0)
