import json

from click.testing import CliRunner

from hwmgmt.models.cli import model
from hwmgmt.models.detect import Support


def test_the_list_as_a_table_and_as_json() -> None:
    text = CliRunner().invoke(model, ["--list"]).output
    assert "C695F  supported    UCS C220 M5" in text
    assert "X1070  unsupported" in text
    entries = json.loads(CliRunner().invoke(model, ["--list", "--json"]).output)
    models = {entry["name"]: entry for entry in entries}
    assert models["C300V"]["figures"]["quota.mail_queue"] == {
        "value": 75161927680,
        "source": "technote-118369",
        "verified": True,
    }


def test_one_model_with_its_sources() -> None:
    text = CliRunner().invoke(model, ["c195"]).output
    assert "C195: supported, UCS C220 M5" in text
    assert "quota.mail_queue" in text
    assert "technote 118369" in text
    assert "What to do" in CliRunner().invoke(model, ["C170"]).output


def test_this_machine_is_answered() -> None:
    answer = json.loads(CliRunner().invoke(model, ["--json"]).output)
    assert answer["support"] in list(Support)
