import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.quota import _kernel, project
from hwmgmt.quota.project import Enforcement, ProjectQuotas, QuotaFailed, enforcement, parse_enforcement
from hwmgmt.reading import Reason
from hwmgmt.size import MIB

LINES = """\
31 22 8:5 / /var rw,relatime shared:9 - ext4 /dev/sda5 rw{}
32 22 8:6 / /srv rw - xfs /dev/sda6 rw,attr2,prjquota
"""


@pytest.mark.parametrize(
    ("options", "mount", "found"),
    [
        (",prjquota", "/var", Enforcement.ENFORCED),
        ("", "/var", Enforcement.OFF),
        (",pqnoenforce", "/var", Enforcement.OFF),
        ("", "/srv", Enforcement.ENFORCED),
        ("", "/home", None),
    ],
)
def test_limits_hold_only_with_the_mount_option(options: str, mount: str, found: Enforcement | None) -> None:
    assert parse_enforcement(LINES.format(options), mount) is found


def test_the_last_mount_on_a_place_counts(tmp_path: Path) -> None:
    lines = LINES.format(",prjquota") + "40 31 0:50 / /var rw - tmpfs tmpfs rw\n"
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(lines)
    assert enforcement(tmp_path, Path("/var")).value is Enforcement.OFF
    assert enforcement(tmp_path, Path("/opt")).reason is Reason.ABSENT
    assert enforcement(tmp_path / "gone", Path("/var")).reason is Reason.ABSENT


@given(st.text(max_size=200))
def test_any_mountinfo_is_read(text: str) -> None:
    assert parse_enforcement(text, "/var") in (None, *Enforcement)


@pytest.mark.parametrize(
    ("code", "reason", "advice"),
    [
        (errno.ESRCH, Reason.UNSUPPORTED, "prjquota"),
        (errno.ENOSYS, Reason.UNSUPPORTED, "kernel"),
        (errno.EPERM, Reason.DENIED, "root"),
        (errno.EIO, Reason.MALFORMED, ""),
    ],
)
def test_the_kernels_refusals_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, reason: Reason, advice: str
) -> None:
    def refuse(*args: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(_kernel, "get_limits", refuse)
    monkeypatch.setattr(_kernel, "set_limit", refuse)
    reading = ProjectQuotas(tmp_path).usage(101)
    assert reading.reason is reason
    assert advice in reading.detail
    with pytest.raises(QuotaFailed, match="cannot set a project's limit on") as caught:
        ProjectQuotas(tmp_path).limit(101, 5)
    assert advice in caught.value.hint()


def test_a_project_without_files_reads_as_zeros(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def none(*args: object) -> None:
        raise OSError(errno.ENOENT, "none")

    monkeypatch.setattr(_kernel, "get_limits", none)
    assert ProjectQuotas(tmp_path).usage(101).need() == project.Usage(0, 0, 0)
    assert ProjectQuotas(tmp_path / "gone").usage(101).reason is Reason.ABSENT


def test_tagging_goes_bottom_up_and_skips_what_is_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "area/deep").mkdir(parents=True)
    (tmp_path / "area/deep/file").write_text("x")
    (tmp_path / "area/link").symlink_to("/etc")
    os.mkfifo(tmp_path / "area/pipe")
    order: list[str] = []

    def set_tag(descriptor: int, tag: _kernel.Tag) -> None:
        order.append(Path(f"/proc/self/fd/{descriptor}").readlink().name + ("+" if tag.inherit else ""))

    monkeypatch.setattr(_kernel, "get_tag", lambda descriptor: _kernel.Tag(0, inherit=False))
    monkeypatch.setattr(_kernel, "set_tag", set_tag)
    assert ProjectQuotas(tmp_path).tag(tmp_path / "area", 101) == 3
    assert order == ["file", "deep+", "area+"]


def test_tagging_what_is_tagged_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_kernel, "get_tag", lambda descriptor: _kernel.Tag(101, inherit=True))
    monkeypatch.setattr(_kernel, "set_tag", lambda *args: pytest.fail("must not write"))
    assert ProjectQuotas(tmp_path).tag(tmp_path, 101) == 0
    assert ProjectQuotas(tmp_path).tagged(tmp_path).value == 101


def test_a_folder_that_is_gone_fails_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(QuotaFailed, match="gone: No such file") as caught:
        ProjectQuotas(tmp_path).tag(tmp_path / "gone", 101)
    assert caught.value.hint() == "Create the folder first"


def test_a_symlink_in_place_of_a_folder_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else whoever owns the area could have root count files elsewhere for it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/file").write_text("x")
    (tmp_path / "area").symlink_to("elsewhere")
    monkeypatch.setattr(_kernel, "get_tag", lambda descriptor: _kernel.Tag(0, inherit=False))
    monkeypatch.setattr(_kernel, "set_tag", lambda *args: pytest.fail("must not write"))
    with pytest.raises(QuotaFailed, match="area: Too many levels of symbolic links"):
        ProjectQuotas(tmp_path).tag(tmp_path / "area", 101)


# Real file systems, where the kernel has quotas for them.

MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-O", "quota,project", "-E", "quotatype=prjquota"],
    "xfs": ["mkfs.xfs", "-q"],
}


@pytest.fixture(params=list(MAKE))
def mounted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A file system of 320 MiB with project quotas; skipped only where the kernel or the tool has none."""
    kind, image, place = request.param, tmp_path / "disk", tmp_path / "mount"
    if shutil.which(MAKE[kind][0]) is None:
        pytest.skip(f"{MAKE[kind][0]} is not installed")
    place.mkdir()
    with image.open("wb") as disk:
        disk.truncate(320 * MIB)
    subprocess.run([*MAKE[kind], str(image)], check=True)
    done = subprocess.run(
        ["mount", "-o", "loop,prjquota", str(image), str(place)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"this kernel cannot mount {kind} with prjquota: {done.stderr.strip()}")
    try:
        yield kind, place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.process
def test_a_limit_binds_who_is_not_root(mounted: tuple[str, Path]) -> None:
    kind, place = mounted
    area = place / "area"
    area.mkdir()
    area.chmod(0o777)
    (area / "before").write_bytes(bytes(MIB))
    quotas = ProjectQuotas(place)
    assert quotas.tag(area, 101) == 2
    quotas.limit(101, 4 * MIB)
    # The writer starts in the folder, as it may not pass through pytest's private ones.
    writer = "import os; os.setuid(65534); new = open('new', 'wb', buffering=0)\n"
    writer += "for _ in range(128): new.write(bytes(65536))"
    done = subprocess.run(["python3", "-c", writer], check=False, capture_output=True, text=True, cwd=area)
    # XFS makes a project look like a full disk: ENOSPC where ext4 says EDQUOT.
    assert {"ext4": "Disk quota exceeded", "xfs": "No space left on device"}[kind] in done.stderr
    os.sync()
    usage = quotas.usage(101).need()
    assert usage.limit == 4 * MIB
    assert 3 * MIB <= usage.used <= 4 * MIB
    assert quotas.tagged(area).value == 101
