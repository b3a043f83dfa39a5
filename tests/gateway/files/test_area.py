"""What clients see of /configuration, and what they cannot do there (U2)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.files.area import Area


@pytest.fixture
def area(tmp_path: Path) -> Area:
    root = tmp_path / "configuration"
    (root / "upgrade").mkdir(parents=True)
    (root / ".store").mkdir()
    (root / "config.xml").write_text("running")
    (root / "upgrade/old.xml").write_text("saved")
    (root / "site.xml").write_text("mine")
    (root / ".store/state").write_text("ours")
    (tmp_path / "secret").write_text("theirs")
    (root / "way-out").symlink_to("../secret")
    (root / "loop").symlink_to(".")
    return Area(root)


def test_what_is_seen(area: Area) -> None:
    assert area.names("/") == ["configuration"]
    assert area.names("/configuration") == ["config.xml", "site.xml", "upgrade"]
    assert area.read("/configuration/upgrade/old.xml").read() == b"saved"
    assert area.read("/configuration/../configuration/./config.xml").read() == b"running"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/configuration/.store/state",
        "/configuration/way-out",
        "/configuration/loop/config.xml",
        "/configuration/../../etc/passwd",
        "/..",
        "/configuration/.upload-1",
        "/configuration/a\0b",
    ],
)
def test_what_is_not_there(area: Area, path: str) -> None:
    with pytest.raises((OSError, ValueError)):
        area.read(path)


@pytest.mark.parametrize(
    "path",
    [
        "/configuration/config.xml",
        "/configuration/upgrade/new.xml",
        "/configuration",
        "/",
        "/configuration/model",
    ],
)
def test_what_is_not_written(area: Area, path: str) -> None:
    for attempt in (area.upload, area.remove):
        with pytest.raises(OSError):
            attempt(path)
    with pytest.raises(OSError):
        area.rename("/configuration/site.xml", path)
    with pytest.raises(OSError):
        area.rename(path, "/configuration/elsewhere.xml")
    assert (area.root / "config.xml").read_text() == "running"


def test_an_upload_is_there_when_it_is_whole(area: Area) -> None:
    upload = area.upload("/configuration/new.xml")
    upload.write(b"second", 6)
    upload.write(b"first ", 0)
    assert area.names("/configuration") == ["config.xml", "site.xml", "upgrade"]
    upload.finish()
    assert area.read("/configuration/new.xml").read() == b"first second"
    assert (area.root / "new.xml").stat().st_mode & 0o777 == 0o640


def test_an_upload_that_ends_early_leaves_the_old_one(area: Area) -> None:
    upload = area.upload("/configuration/site.xml")
    upload.write(b"half", 0)
    upload.abandon()
    assert area.read("/configuration/site.xml").read() == b"mine"
    assert sorted(entry.name for entry in area.root.iterdir() if "upload" in entry.name) == []


def test_renaming_takes_nobodys_place(area: Area) -> None:
    area.upload("/configuration/b.xml").finish()
    with pytest.raises(FileExistsError):
        area.rename("/configuration/site.xml", "/configuration/b.xml")
    area.rename("/configuration/site.xml", "/configuration/c.xml")
    area.remove("/configuration/c.xml")
    assert area.names("/configuration") == ["b.xml", "config.xml", "upgrade"]


def test_a_pipe_is_no_file(area: Area) -> None:
    os.mkfifo(area.root / "pipe")
    with pytest.raises(OSError):
        area.read("/configuration/pipe")


@given(st.text(alphabet="./ab\0", max_size=20))
def test_no_path_leads_out(path: str) -> None:
    area = Area(Path("/srv/x"))
    try:
        found = area.real(path)
    except OSError:
        return
    assert found == Path("/srv/x") or Path("/srv/x") in found.parents
    assert ".." not in found.parts
