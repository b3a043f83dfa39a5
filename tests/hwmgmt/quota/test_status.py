from pathlib import Path

import pytest

from hwmgmt.models.model import QuotaArea
from hwmgmt.quota.areas import AREAS, BelowUse, OverDisk
from hwmgmt.quota.status import apply_areas, capacity, read_status, set_area
from hwmgmt.reading import NoReading, Reason
from hwmgmt.size import GIB
from tests.hwmgmt.quota.fake import FakeQuotas

WANTED = dict.fromkeys(QuotaArea, 10 * GIB)


def make_folders(root: Path) -> None:
    for facts in AREAS.values():
        for folder in facts.folders:
            (root / folder.lstrip("/")).mkdir(parents=True)


def test_applying_tags_and_limits_once(tmp_path: Path) -> None:
    make_folders(tmp_path)
    quotas = FakeQuotas()
    first = apply_areas(quotas, WANTED, 100 * GIB, tmp_path)
    assert first.limits == WANTED
    assert set(first.tagged) == {folder for facts in AREAS.values() for folder in facts.folders}
    assert quotas.tags[tmp_path / "var/log/mailward"] == quotas.tags[tmp_path / "var/configuration"]
    second = apply_areas(quotas, WANTED, 100 * GIB, tmp_path)
    assert (second.limits, second.tagged, second.missing) == ({}, {}, ())


def test_a_limit_the_administrator_set_stays_unless_reset(tmp_path: Path) -> None:
    make_folders(tmp_path)
    quotas = FakeQuotas()
    quotas.use(QuotaArea.TRACKING, 33 * GIB, 0)
    assert QuotaArea.TRACKING not in apply_areas(quotas, WANTED, 100 * GIB, tmp_path).limits
    assert apply_areas(quotas, WANTED, 100 * GIB, tmp_path, reset=True).limits == WANTED


def test_folders_that_are_not_there_are_named(tmp_path: Path) -> None:
    done = apply_areas(FakeQuotas(), WANTED, 100 * GIB, tmp_path)
    assert "/var/spool/mailward" in done.missing
    assert done.tagged == {}


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
        apply_areas(quotas, WANTED, 100 * GIB, tmp_path)


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
