from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hwmgmt.reading import Reason
from mailward.errors import Failed
from mailward.version import Version
from tests.hwmgmt.net.fakes import detected
from upgrade.catalogue.catalogue import catalogue
from upgrade.mailservice import Census, MailState
from upgrade.preflight import machine
from upgrade.preflight.check import CheckId, Severity, run
from upgrade.preflight.machine import NoVersion, Subject, checks, free, read_clock, running_version, tree_size


class Gone(Failed):
    key = "test.gone"
    sentence = "the mail service is gone"


class NoMail:
    def state(self) -> MailState:
        raise Gone

    def suspend_listeners(self, delay: float) -> MailState:
        raise Gone

    def resume_listeners(self, keep: tuple[str, ...] = ()) -> MailState:
        raise Gone

    def census(self) -> Census:
        raise Gone

    def probe(self, seconds: float) -> None:
        raise Gone


def subject(root: Path) -> Subject:
    return Subject(
        catalogue(),
        Version.parse("14.2.3-027"),
        Version.parse("14.2.3-031"),
        detected("C690"),
        NoMail(),
        root=root,
    )


def test_there_is_a_check_for_every_id_in_order(tmp_path: Path) -> None:
    assert [check.id for check in checks(subject(tmp_path))] == list(CheckId)


def test_on_a_machine_that_tells_nothing_what_needs_facts_blocks(tmp_path: Path) -> None:
    wanted = {
        CheckId.SLOT,
        CheckId.LISTENERS,
        CheckId.WORK_QUEUE,
        CheckId.SPACE,
        CheckId.QUOTA,
        CheckId.CLOCK,
    }
    report = run(check for check in checks(subject(tmp_path)) if check.id in wanted)
    assert {one.id for one in report.findings} == wanted
    assert all(one.severity is Severity.BLOCK and not one.known for one in report.findings)


def test_unknown_releases_block(tmp_path: Path) -> None:
    about = Subject(
        catalogue(), Version(1, 0, 0, 1), Version(99, 0, 0, 1), detected("C690"), NoMail(), root=tmp_path
    )
    wanted = {CheckId.PATH, CheckId.HARDWARE}
    report = run(check for check in checks(about) if check.id in wanted)
    assert [one.severity for one in report.findings] == [Severity.BLOCK] * 2


@pytest.mark.parametrize("text", ["IMAGE_VERSION=14.2.3-027\n", 'ID=x\nIMAGE_VERSION="14.2.3-027"\n'])
def test_the_running_version(tmp_path: Path, text: str) -> None:
    place = tmp_path / "usr/lib/os-release"
    place.parent.mkdir(parents=True)
    place.write_text(text)
    assert str(running_version(tmp_path)) == "14.2.3-027"
    assert read_clock(tmp_path).built.ok


@pytest.mark.parametrize("text", [None, "ID=debian\n", "IMAGE_VERSION=13\n"])
def test_a_version_that_is_not_known(tmp_path: Path, text: str | None) -> None:
    place = tmp_path / "usr/lib/os-release"
    place.parent.mkdir(parents=True)
    if text is not None:
        place.write_text(text)
    with pytest.raises(NoVersion):
        running_version(tmp_path)


def test_sizes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").write_bytes(b"12345")
    (tmp_path / "c").write_bytes(b"123")
    assert tree_size(tmp_path) == 8
    assert free(tmp_path).ok
    assert free(tmp_path / "none").reason is Reason.ABSENT


def test_the_esp_is_where_the_kernels_are(tmp_path: Path) -> None:
    assert machine.find_esp(tmp_path) == "/efi"
    (tmp_path / "boot/EFI/Linux").mkdir(parents=True)
    assert machine.find_esp(tmp_path) == "/boot"


@pytest.mark.parametrize(
    ("candidates", "limited"), [(("C300V",), True), (("C690",), False), ((), True), (("C690", "C600V"), True)]
)
def test_virtual_models_are_limited_to_two_terabytes(
    tmp_path: Path, candidates: tuple[str, ...], limited: bool
) -> None:
    about = replace(subject(tmp_path), model=detected(*candidates))
    assert machine.limited_by_release(about) is limited
