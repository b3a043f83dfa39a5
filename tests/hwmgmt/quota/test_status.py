from pathlib import Path

import pytest

from hwmgmt.models.model import QuotaArea
from hwmgmt.quota.areas import AREAS, BelowUse, OverDisk
from hwmgmt.quota.status import (
    Counted,
    capacity,
    count_folders,
    limit_areas,
    losses,
    read_limits,
    read_status,
    set_area,
)
from hwmgmt.reading import NoReading, Reason
from hwmgmt.size import GIB
from tests.hwmgmt.quota.fake import FakeQuotas

WANTED = dict.fromkeys(QuotaArea, 10 * GIB)


def make_folders(root: Path) -> None:
    for facts in AREAS.values():
        for folder in facts.folders:
            (root / folder.lstrip("/")).mkdir(parents=True)


def test_folders_are_made_to_count_once(tmp_path: Path) -> None:
    make_folders(tmp_path)
    quotas = FakeQuotas()
    first = count_folders(quotas, tmp_path)
    assert set(first.tagged) == {folder for facts in AREAS.values() for folder in facts.folders}
    assert quotas.tags[tmp_path / "var/log/mailward"] == quotas.tags[tmp_path / "var/configuration"]
    assert count_folders(quotas, tmp_path) == Counted({}, ())


def test_folders_that_are_not_there_are_named(tmp_path: Path) -> None:
    done = count_folders(FakeQuotas(), tmp_path)
    assert "/var/spool/mailward" in done.missing
    assert done.tagged == {}


def test_limits_are_written_and_read(tmp_path: Path) -> None:
    quotas = FakeQuotas()
    limit_areas(quotas, {QuotaArea.TRACKING: 5 * GIB})
    assert read_limits(quotas) == dict.fromkeys(QuotaArea, 0) | {QuotaArea.TRACKING: 5 * GIB}


def test_losses_of_new_limits_are_named() -> None:
    quotas = FakeQuotas()
    quotas.use(QuotaArea.TRACKING, 33 * GIB, 12 * GIB)
    (loss,) = losses(quotas, WANTED)
    assert str(loss).startswith("tracking uses 12 GiB, 2 GiB more than 10 GiB: the oldest message tracking")


def test_the_status_has_alerts_and_uncounted_folders(tmp_path: Path) -> None:
    make_folders(tmp_path)
    quotas = FakeQuotas()
    quotas.use(QuotaArea.MAIL_QUEUE, 10 * GIB, 9 * GIB, 1234)
    quotas.tag(tmp_path / "var/spool/mailward", AREAS[QuotaArea.MAIL_QUEUE].project)
    queue, spam, *_ = read_status(quotas, tmp_path)
    assert (queue.alert, queue.uncounted, queue.usage.need().files) == (85, (), 1234)
    assert (spam.alert, spam.uncounted) == (0, ("/var/lib/mailward/quarantine/spam",))


def test_a_file_system_without_quotas_reads_as_such(tmp_path: Path) -> None:
    quotas = FakeQuotas(broken=True)
    assert {area.usage.reason for area in read_status(quotas, tmp_path)} == {Reason.UNSUPPORTED}
    with pytest.raises(NoReading, match="quotas are off"):
        read_limits(quotas)


def test_setting_an_area_asks_the_rules_first() -> None:
    quotas = FakeQuotas()
    for area in QuotaArea:
        quotas.use(area, 10 * GIB, 8 * GIB)
    with pytest.raises(BelowUse):
        set_area(quotas, QuotaArea.TRACKING, 7 * GIB, 100 * GIB)
    with pytest.raises(OverDisk):
        set_area(quotas, QuotaArea.TRACKING, 70 * GIB, 100 * GIB)
    assert quotas.usage(105).need().limit == 10 * GIB
    assert set_area(quotas, QuotaArea.TRACKING, 7 * GIB, 100 * GIB, force=True).loss
    assert quotas.usage(105).need().limit == 7 * GIB


def test_capacity_leaves_out_what_is_roots(tmp_path: Path) -> None:
    assert capacity(tmp_path).need() > 0
    assert capacity(tmp_path / "gone").reason is Reason.ABSENT
