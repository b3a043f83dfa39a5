import pytest

from upgrade.text import WIDTH, paragraph


def test_text_stays_in_its_column(capsys: pytest.CaptureFixture[str]) -> None:
    paragraph("label", "word " * 40)
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("  label       word")
    assert all(line.startswith(" " * 14 + "word") for line in rest)
    assert max(map(len, [first, *rest])) <= WIDTH


def test_a_long_label_has_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    paragraph("a label that is long", "text")
    assert capsys.readouterr().out == "  a label that is long\n" + " " * 14 + "text\n"


def test_versions_are_not_broken_at_their_hyphens(capsys: pytest.CaptureFixture[str]) -> None:
    paragraph("over", ", ".join(["14.2.3-031"] * 30))
    assert "-\n" not in capsys.readouterr().out
