from pathlib import Path

import pytest

from hwmgmt.ipmi.target import UnreadablePassword, password_from


def test_the_first_line_is_the_password(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("se cret\nnot this\n")
    assert password_from(tmp_path / "password") == "se cret"


@pytest.mark.parametrize("content", [b"", b"\nsecond", b"x" * 21, b"\xff\xfe"])
def test_what_is_no_password_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "password").write_bytes(content)
    with pytest.raises(UnreadablePassword) as caught:
        password_from(tmp_path / "password")
    assert "x" * 21 not in caught.value.explain()


def test_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePassword):
        password_from(tmp_path / "none")
