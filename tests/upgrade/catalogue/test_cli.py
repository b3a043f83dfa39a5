import json

from click.testing import CliRunner

from tests.upgrade.releases import PAIRS
from upgrade.catalogue import cincinnati
from upgrade.catalogue.catalogue import catalogue
from upgrade.catalogue.cli import graph, notes, releases
from upgrade.catalogue.document import canonical, parse_release


def test_releases_with_sources_and_hardware() -> None:
    text = CliRunner().invoke(releases).output
    assert "14.2.3-031, MD update (Maintenance Deployment)\n" in text
    assert "  over        14.2.1-020, 14.2.2-004, 14.2.3-027\n" in text
    assert "14.2.0-620, GD (General Deployment)" in text
    assert "9.1.2-023, 9.1.2-028" in text


def test_releases_as_json_are_the_documents_that_travel() -> None:
    answer = json.loads(CliRunner().invoke(releases, ["--json"]).output)
    read = [parse_release(canonical(entry["release"])) for entry in answer["releases"]]
    assert read == list(catalogue().releases.values())
    assert len(answer["vulnerable"]["versions"]) == 8


def test_graph_as_json_is_the_export() -> None:
    assert cincinnati.parse(CliRunner().invoke(graph, ["--json"]).output).edges == PAIRS


def test_graph_as_a_table() -> None:
    rows = CliRunner().invoke(graph).output.splitlines()
    assert "13.5.1-277             14.2.0-620, 14.2.1-020" in rows
    assert "14.2.3-031  MD update  none" in rows


def test_notes_of_a_release() -> None:
    """U18."""
    text = CliRunner().invoke(notes, ["14.2.3-031"]).output
    assert "An update of 14.2.3-027, whose notes hold too." in text
    assert "CSCuz28415  An upgrade from the console" in text
    assert "Fixed issues: the release notes name none by its id." in text
    answer = json.loads(CliRunner().invoke(notes, ["14.2.3-031", "--json"]).output)
    assert answer["update_of"] == "14.2.3-027"
    assert [issue["id"] for issue in answer["known_issues"]] == ["CSCuz28415", "CSCvy08110"]
    assert answer["fixed_issues"] == []


def test_notes_of_a_line() -> None:
    assert "lowest holds" in CliRunner().invoke(notes, ["14.0"]).output
    assert "13.7: no notes here" in CliRunner().invoke(notes, ["13.7"]).output
    answer = json.loads(CliRunner().invoke(notes, ["14.0", "--json"]).output)
    assert [note["id"] for note in answer["notes"]] == ["ims-graymail-globals"]
