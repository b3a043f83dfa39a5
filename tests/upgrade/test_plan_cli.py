import json

import pytest
from click.testing import CliRunner

from mailward.errors import Rejected
from upgrade.plan_cli import plan
from upgrade.refusals import DeniedVersion, UnsupportedHardware


def _run(words: str) -> str:
    return CliRunner().invoke(plan, words.split(), catch_exceptions=False).output


def test_json_has_the_hops_and_nothing_else() -> None:
    answer = json.loads(_run("--from 13.5.1-277 --to 14.2.3-031 --json"))
    assert list(answer) == ["hops"]
    first, second = answer["hops"]
    assert (first["from"], first["to"], second["from"], second["to"]) == (
        *("13.5.1-277", "14.2.1-020"),
        *("14.2.1-020", "14.2.3-031"),
    )
    assert (second["deployment"], second["update"], second["reboot"]) == ("MD", True, True)
    assert second["why"] == "14.2.3-031 can be installed over 14.2.1-020"
    assert {key: second["migrations"][0][key] for key in ("id", "older_than")} == {
        "id": "ca-certificates",
        "older_than": None,
    }
    assert [(r["release"], r["required"]) for r in first["review"]][:2] == [("13.7", True), ("14.0", True)]
    assert [issue["id"] for issue in second["known_issues"]] == ["CSCuz28415", "CSCvy08110"]
    assert {note["kind"] for note in second["advice"]} == {"advice"}


def test_text_shows_each_hop_with_its_reason_and_notes() -> None:
    text = _run("--from 13.5.1-277 --to 14.2.3-031 --model C695F")
    assert text.startswith("From 13.5.1-277 to 14.2.3-031: 2 upgrades, each with a reboot, for C695F.\n")
    assert "\n1. 13.5.1-277 -> 14.2.1-020, MD update (Maintenance Deployment)\n" in text
    assert "\n2. 14.2.1-020 -> 14.2.3-031, MD update (Maintenance Deployment)\n" in text
    assert "must hold   FIPS mode is off" in text
    assert "must hold   LLDP is off" in text
    assert "should hold Intelligent multi-scan" in text
    assert "13.7, minor release, to be reviewed: no notes here" in text
    assert "CSCuz28415  An upgrade from the console may print messages about IPMI" in text
    assert max(map(len, text.splitlines())) <= 110


def test_one_hop_without_a_model_says_that_hardware_was_not_looked_at() -> None:
    text = _run("--from 14.2.3-027 --to 14.2.3-031")
    assert "1 upgrade with a reboot, for any model" in text
    assert "LLDP is off" in text
    assert "(C695, C695F)" in text.replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "kind"),
    [("--deny 14.2.3-031", DeniedVersion), ("--model x1070", UnsupportedHardware)],
)
def test_a_refusal_is_raised_for_the_edge_to_print(words: str, kind: type[Rejected]) -> None:
    with pytest.raises(kind):
        _run(f"--from 14.2.3-027 --to 14.2.3-031 {words}")
