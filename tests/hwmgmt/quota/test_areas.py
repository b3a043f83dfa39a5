import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hwmgmt.models.catalogue import catalogue
from hwmgmt.models.model import QuotaArea
from hwmgmt.models.schema import SYSTEM_BYTES
from hwmgmt.quota.areas import (
    AREAS,
    MINIMUM,
    BelowMinimum,
    BelowUse,
    DiskTooSmall,
    OverDisk,
    alert,
    assignable,
    change,
    fill,
    plan,
)
from hwmgmt.size import GIB, MIB

C100V = catalogue().get("C100V").quota_bytes
EVEN = dict.fromkeys(QuotaArea, 10 * GIB)


def test_every_area_has_its_project_and_its_own_folders() -> None:
    assert set(AREAS) == set(QuotaArea)
    projects = [facts.project for facts in AREAS.values()]
    folders = [folder for facts in AREAS.values() for folder in facts.folders]
    assert len(set(projects)) == len(projects)
    assert 0 not in projects
    for one in folders:
        assert one.startswith("/var/")
        assert not any(other != one and other.startswith(f"{one}/") for other in folders)


def usable(disk: int) -> int:
    """What is left of a disk for users of /var: less the system, 2.5 % for ext4 itself, 1 % for root (-m 1)."""
    return int((disk - SYSTEM_BYTES) * 0.975 * 0.99)


def test_every_model_has_its_areas_on_its_own_disk() -> None:
    """After the system, what ext4 keeps for itself and its reserve, nothing has to be cut."""
    for model in catalogue().supported():
        assert plan(model.quota_bytes, usable(model.default_disk_bytes)) == model.quota_bytes, model.name


def test_every_model_can_start_on_its_smallest_disk() -> None:
    for model in catalogue().supported():
        sizes = plan(model.quota_bytes, usable(model.min_disk_bytes))
        queue = sizes[QuotaArea.MAIL_QUEUE]
        assert queue == model.quota_bytes[QuotaArea.MAIL_QUEUE], model.name
        assert sum(sizes.values()) - queue >= 10 * GIB, model.name


def test_a_larger_disk_leaves_the_rest_free() -> None:
    assert plan(C100V, 1024 * GIB) == C100V


def test_a_smaller_disk_spares_the_queue_and_cuts_the_others_in_proportion() -> None:
    sizes = plan(C100V, 60 * GIB)
    assert sizes[QuotaArea.MAIL_QUEUE] == 10 * GIB
    assert sizes[QuotaArea.TRACKING] / sizes[QuotaArea.REPORTING] == pytest.approx(2, rel=0.05)
    assert 0 <= assignable(60 * GIB) - sum(sizes.values()) <= 5 * MIB


def test_a_disk_that_cannot_hold_the_queue_gives_it_half() -> None:
    """As on the 12 GiB disk of `mailward image boot`."""
    sizes = plan(C100V, 9 * GIB)
    assert sizes[QuotaArea.MAIL_QUEUE] == pytest.approx(4.41 * GIB, rel=0.001)
    assert sizes[QuotaArea.TRACKING] / sizes[QuotaArea.REPORTING] == pytest.approx(2, rel=0.1)
    assert 0 <= assignable(9 * GIB) - sum(sizes.values()) <= 6 * MIB


def test_a_disk_without_room_for_anything_is_refused() -> None:
    with pytest.raises(DiskTooSmall, match=r"at least 768 MiB of /var, which has 700 MiB"):
        plan(C100V, 700 * MIB)


# Half of this disk for the queue leaves the others more than they want.
@example(
    {
        **dict.fromkeys(QuotaArea, MINIMUM),
        QuotaArea.MAIL_QUEUE: 672_137_217,
        QuotaArea.MISCELLANEOUS: MINIMUM + 1,
    },
    1_370_638_629,
)
@given(
    st.fixed_dictionaries({area: st.integers(MINIMUM, 2000 * GIB) for area in QuotaArea}),
    st.integers(1, 5000 * GIB),
)
def test_the_areas_never_exceed_the_disk(wanted: dict[QuotaArea, int], capacity: int) -> None:
    try:
        sizes = plan(wanted, capacity)
    except DiskTooSmall:
        assert assignable(capacity) < 6 * MINIMUM
        return
    assert sum(sizes.values()) <= assignable(capacity)
    assert all(MINIMUM <= sizes[area] <= wanted[area] for area in QuotaArea)


@given(
    st.fixed_dictionaries(
        {area: st.just(0) | st.integers(MINIMUM, 40 * GIB) for area in QuotaArea},
    ),
    st.integers(1, 300 * GIB),
)
def test_areas_filled_in_beside_others_never_exceed_the_disk(
    limits: dict[QuotaArea, int], capacity: int
) -> None:
    try:
        sizes = fill(C100V, limits, capacity)
    except DiskTooSmall:
        return
    assert set(sizes) == {area for area, limit in limits.items() if not limit}
    assert all(MINIMUM <= size <= C100V[area] for area, size in sizes.items())
    assert not sizes or sum(sizes.values()) + sum(limits.values()) <= assignable(capacity)


def test_an_area_that_a_release_brought_gets_what_the_others_left() -> None:
    limits = dict.fromkeys(QuotaArea, 10 * GIB) | {QuotaArea.TRACKING: 0}
    assert fill(C100V, limits, 200 * GIB) == {QuotaArea.TRACKING: 40 * GIB}
    assert fill(C100V, limits, 60 * GIB)[QuotaArea.TRACKING] == pytest.approx(8.8 * GIB, abs=MIB)
    with pytest.raises(DiskTooSmall):
        fill(C100V, limits, 51 * GIB)


def test_raising_an_area_within_the_disk() -> None:
    done = change(EVEN, 9 * GIB, 100 * GIB, QuotaArea.TRACKING, 40 * GIB)
    assert (done.before, done.after, done.loss) == (10 * GIB, 40 * GIB, "")


def test_the_sum_never_exceeds_the_disk() -> None:
    with pytest.raises(OverDisk) as caught:
        change(EVEN, 0, 100 * GIB, QuotaArea.TRACKING, 49 * GIB)
    assert "would be 1 GiB larger than the disk" in str(caught.value)
    assert caught.value.hint().startswith("Choose at most 48 GiB")
    with pytest.raises(OverDisk):
        change(EVEN, 0, 100 * GIB, QuotaArea.TRACKING, 49 * GIB, force=True)


def test_limits_that_already_exceed_the_disk_can_be_lowered() -> None:
    assert change(EVEN, 0, 30 * GIB, QuotaArea.TRACKING, 8 * GIB).after == 8 * GIB
    with pytest.raises(OverDisk):
        change(EVEN, 0, 30 * GIB, QuotaArea.TRACKING, 11 * GIB)


@pytest.mark.parametrize(
    ("area", "loss"),
    [
        (QuotaArea.MAIL_QUEUE, "no queued message is lost"),
        (QuotaArea.SPAM_QUARANTINE, "quarantined messages are deleted"),
        (QuotaArea.POLICY_QUARANTINES, "default action"),
        (QuotaArea.REPORTING, "oldest reporting data"),
        (QuotaArea.TRACKING, "oldest message tracking data"),
        (QuotaArea.MISCELLANEOUS, "no log line"),
    ],
)
def test_lowering_below_use_names_the_loss_and_needs_force(area: QuotaArea, loss: str) -> None:
    with pytest.raises(BelowUse) as caught:
        change(EVEN, 6 * GIB, 100 * GIB, area, 5 * GIB)
    assert f"{AREAS[area].title} uses 6 GiB, 1 GiB more than 5 GiB" in str(caught.value)
    assert loss in str(caught.value)
    assert "--force" in caught.value.hint()
    assert loss in change(EVEN, 6 * GIB, 100 * GIB, area, 5 * GIB, force=True).loss


def test_an_area_has_a_least_size_even_with_force() -> None:
    with pytest.raises(BelowMinimum):
        change(EVEN, 0, 100 * GIB, QuotaArea.REPORTING, MINIMUM - 1, force=True)


@pytest.mark.parametrize(
    ("used", "level"),
    [(0, 0), (749, 0), (750, 75), (849, 75), (850, 85), (949, 85), (950, 95), (1000, 95), (2000, 95)],
)
def test_alerts_to_the_byte(used: int, level: int) -> None:
    assert alert(used, 1000) == level
    assert alert(used, 0) == 0
