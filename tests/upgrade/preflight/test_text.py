import pytest

from mailward.version import Version
from upgrade.preflight.check import CheckId, Finding, Report, Severity
from upgrade.preflight.text import show, to_document

OLD, NEW = Version(14, 2, 3, 27), Version(14, 2, 3, 31)
REPORT = Report(
    Severity.BLOCK,
    (
        Finding(CheckId.PATH, Severity.PASS, "it can", ""),
        Finding(CheckId.CLOCK, Severity.BLOCK, "the clock is wrong", "Set it", known=False),
    ),
)


def test_every_finding_is_shown_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    show(REPORT, OLD, NEW)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "pass path it can." in lines
    assert lines[lines.index("block clock the clock is wrong.") + 1] == "What to do: Set it."
    assert lines[-1] == "The upgrade is blocked. 1 pass, 0 warn, 1 block."


def test_the_document_has_the_same() -> None:
    document = to_document(REPORT, OLD, NEW)
    assert (document["from"], document["to"], document["verdict"]) == ("14.2.3-027", "14.2.3-031", "block")
    assert document["checks"][1] == {
        "id": "clock",
        "severity": "block",
        "known": False,
        "finding": "the clock is wrong",
        "remedy": "Set it",
    }
