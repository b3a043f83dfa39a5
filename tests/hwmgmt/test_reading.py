import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.reading import (
    NoReading,
    Reading,
    Reason,
    failed,
    known,
    list_names,
    missing,
    read_flag,
    read_int,
    read_link_name,
    read_text,
)


def put(root: Path, path: str, content: bytes) -> None:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def test_a_value_comes_with_its_unit(tmp_path: Path) -> None:
    put(tmp_path, "sys/class/hwmon/hwmon0/fan1_input", b"4200\n")
    reading = read_int(tmp_path, "/sys/class/hwmon/hwmon0/fan1_input", "rpm")
    assert reading == known(4200, "rpm")
    assert str(reading) == "4200 rpm"


def test_the_reason_tells_what_to_do(tmp_path: Path) -> None:
    put(tmp_path, "word", b"n/a\n")
    put(tmp_path, "empty", b"\n")
    put(tmp_path, "long", b"x" * 5000)
    assert read_int(tmp_path, "nothing").reason is Reason.ABSENT
    assert read_int(tmp_path, "word").reason is Reason.MALFORMED
    assert read_text(tmp_path, "empty").reason is Reason.ABSENT
    assert read_text(tmp_path, "long").reason is Reason.MALFORMED
    assert read_text(tmp_path, ".").reason is Reason.UNSUPPORTED
    assert str(read_int(tmp_path, "nothing")) == "(absent)"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.EACCES, Reason.DENIED),
        (errno.ENODEV, Reason.ABSENT),
        (errno.EINVAL, Reason.UNSUPPORTED),
        (errno.ETIMEDOUT, Reason.TIMEOUT),
        (errno.EIO, Reason.MALFORMED),
    ],
)
def test_errors_of_the_system_become_reasons(code: int, reason: Reason) -> None:
    reading: Reading[str] = failed(OSError(code, "so it is"), "/dev/ipmi0")
    assert (reading.reason, reading.detail) == (reason, "/dev/ipmi0: so it is")


def test_links_flags_and_folders(tmp_path: Path) -> None:
    put(tmp_path, "removable", b"1\n")
    put(tmp_path, "huh", b"2\n")
    (tmp_path / "driver").symlink_to("../../bus/pci/drivers/i40e")
    assert read_flag(tmp_path, "removable").value is True
    assert read_flag(tmp_path, "huh").reason is Reason.MALFORMED
    assert read_link_name(tmp_path, "driver").value == "i40e"
    assert read_link_name(tmp_path, "removable").reason is Reason.UNSUPPORTED
    assert list_names(tmp_path, "/").value == ("driver", "huh", "removable")
    assert list_names(tmp_path, "gone").reason is Reason.ABSENT


def test_value_and_reason_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="a value or a reason"):
        Reading(None)
    with pytest.raises(ValueError, match="a value or a reason"):
        Reading(1, "", Reason.DENIED)


def test_need_and_otherwise() -> None:
    gone: Reading[int] = missing(Reason.TIMEOUT, "BMC")
    assert gone.otherwise(7) == 7
    assert known(0).otherwise(7) == 0
    with pytest.raises(NoReading, match="timeout"):
        gone.need()


@given(st.binary(max_size=200))
def test_no_bytes_make_a_reader_raise(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    root = tmp_path_factory.getbasetemp()
    put(root, "attribute", content)
    for reading in (read_text(root, "attribute"), read_int(root, "attribute"), read_flag(root, "attribute")):
        assert reading.ok is (reading.value is not None)
