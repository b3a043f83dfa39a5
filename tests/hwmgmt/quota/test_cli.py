import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hwmgmt.models.model import QuotaArea, UnsupportedModel
from hwmgmt.quota import cli
from hwmgmt.quota.areas import AREAS, BelowUse
from hwmgmt.reading import known
from hwmgmt.size import GIB
from tests.hwmgmt.machine import Machine
from tests.hwmgmt.quota.fake import FakeQuotas


@pytest.fixture
def quotas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeQuotas:
    made_up = FakeQuotas()
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    monkeypatch.setattr(cli, "ProjectQuotas", lambda mount: made_up)
    monkeypatch.setattr(cli, "capacity", lambda mount: known(100 * GIB, "bytes"))
    for area in QuotaArea:
        made_up.use(area, 10 * GIB, 8 * GIB)
    return made_up


def test_show(quotas: FakeQuotas) -> None:
    text = CliRunner().invoke(cli.quota, ["show"]).output
    assert "tracking            10 GiB  8 GiB  80 %    over 75 %" in text
    assert "/var has 100 GiB; 38 GiB can still be given to an area." in text
    document = json.loads(CliRunner().invoke(cli.quota, ["show", "--json"]).output)
    assert document["areas"][0]["area"] == "mail_queue"
    assert document["areas"][0]["usage"]["value"]["used"] == 8 * GIB


def test_show_without_quotas_offers_nothing_to_give(
    quotas: FakeQuotas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "ProjectQuotas", lambda mount: FakeQuotas(broken=True))
    text = CliRunner().invoke(cli.quota, ["show"]).output
    assert "tracking            (unsupported)" in text
    assert "quotas are off" in text
    assert "can still be given" not in text


def test_set_within_the_rules(quotas: FakeQuotas) -> None:
    done = CliRunner().invoke(cli.quota, ["set", "tracking", "20 GiB"])
    assert done.output == "tracking: 10 GiB -> 20 GiB.\n"
    assert quotas.usages[105].limit == 20 * GIB


def test_set_below_use_needs_force(quotas: FakeQuotas) -> None:
    refused = CliRunner().invoke(cli.quota, ["set", "tracking", "5GiB"])
    assert isinstance(refused.exception, BelowUse)
    assert quotas.usages[105].limit == 10 * GIB
    done = CliRunner().invoke(cli.quota, ["set", "tracking", "5GiB", "--force"])
    assert "Accepted: the oldest message tracking data is deleted." in done.output
    assert quotas.usages[105].limit == 5 * GIB


@pytest.mark.parametrize(("answer", "limit"), [("y\n", 5), ("n\n", 10)])
def test_set_below_use_asks_on_a_terminal(
    quotas: FakeQuotas, monkeypatch: pytest.MonkeyPatch, answer: str, limit: int
) -> None:
    monkeypatch.setattr(cli, "_can_ask", lambda: True)
    done = CliRunner().invoke(cli.quota, ["set", "tracking", "5GiB"], input=answer)
    assert "the oldest message tracking data is deleted. Do it?" in done.output
    assert quotas.usages[105].limit == limit * GIB


def test_a_size_that_is_none(quotas: FakeQuotas) -> None:
    assert "is not a size" in CliRunner().invoke(cli.quota, ["set", "tracking", "lots"]).output


def test_apply_takes_the_sizes_of_the_model(quotas: FakeQuotas) -> None:
    quotas.usages.clear()
    done = CliRunner().invoke(cli.quota, ["apply", "--model", "C100V", "--json"])
    document = json.loads(done.output)
    assert document["model"] == "C100V"
    assert document["limits"]["mail_queue"] == 10 * GIB
    assert "/var/log/mailward" in document["missing"]
    again = CliRunner().invoke(cli.quota, ["apply", "--model", "C100V"])
    assert "/var/log/mailward: not there." in again.output


def test_apply_gives_an_unknown_machine_the_smallest_areas_and_says_so(
    quotas: FakeQuotas, tmp_path: Path
) -> None:
    """Nothing may keep an appliance from having limits at all (each boot applies them)."""
    quotas.usages.clear()
    Machine(tmp_path).dmi(sys_vendor="Acme", product_name="Anvil").cpus(1, 2)
    done = CliRunner().invoke(cli.quota, ["apply"])
    assert done.exit_code == 0
    assert done.output.startswith(
        "The areas are those of C100V, the smallest: no model of the catalogue fits. If it"
    )
    assert quotas.usages[101].limit == 10 * GIB


def test_apply_on_an_unsupported_model_is_refused(quotas: FakeQuotas, tmp_path: Path) -> None:
    quotas.usages.clear()
    Machine(tmp_path).dmi(sys_vendor="Cisco", product_name="C380").cpus(1, 6)
    refused = CliRunner().invoke(cli.quota, ["apply"])
    assert isinstance(refused.exception, UnsupportedModel)
    assert quotas.usages == {}


def test_apply_on_a_disk_that_is_too_small_cuts_the_queue_and_says_so(
    quotas: FakeQuotas, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas.usages.clear()
    monkeypatch.setattr(cli, "capacity", lambda mount: known(9 * GIB, "bytes"))
    done = CliRunner().invoke(cli.quota, ["apply", "--model", "C100V"])
    assert done.output.startswith(
        "/var has 9 GiB, too little for the mail queue of a C100V (10 GiB). Give the"
    )
    assert "a disk of at least 24 GiB" in done.output
    assert 0 < quotas.usages[101].limit < 9 * GIB


def test_a_boot_on_which_all_have_limits_asks_for_no_model(
    quotas: FakeQuotas, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Detection and the catalogue are most of its time."""
    monkeypatch.setattr(cli, "_model", lambda name: pytest.fail("asked"))
    for folder in (folder for facts in AREAS.values() for folder in facts.folders):
        (tmp_path / folder.lstrip("/")).mkdir(parents=True)
    assert "files and folders now count" in CliRunner().invoke(cli.quota, ["apply"]).output
    assert CliRunner().invoke(cli.quota, ["apply"]).output == "Nothing to do.\n"


@pytest.fixture
def large_disk(quotas: FakeQuotas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "capacity", lambda mount: known(200 * GIB, "bytes"))


@pytest.mark.usefixtures("large_disk")
def test_reset_gives_the_models_sizes_again(quotas: FakeQuotas) -> None:
    assert CliRunner().invoke(cli.quota, ["apply", "--reset", "--model", "C100V"]).exit_code == 0
    assert quotas.usages[103].limit == 15 * GIB


@pytest.mark.usefixtures("large_disk")
def test_reset_below_use_names_the_loss_and_changes_nothing_unless_forced(quotas: FakeQuotas) -> None:
    quotas.use(QuotaArea.REPORTING, 30 * GIB, 29 * GIB)
    words = ["apply", "--reset", "--model", "C100V"]
    refused = CliRunner().invoke(cli.quota, words)
    assert isinstance(refused.exception, BelowUse)
    assert "the oldest reporting data is deleted" in str(refused.exception)
    assert quotas.usages[104].limit == 30 * GIB
    assert quotas.usages[103].limit == 10 * GIB
    assert "reporting uses 29 GiB" in CliRunner().invoke(cli.quota, [*words, "--force"]).output
    assert quotas.usages[104].limit < 29 * GIB


@pytest.mark.usefixtures("large_disk")
@pytest.mark.parametrize(("answer", "limit"), [("y\n", 15), ("n\n", 10)])
def test_reset_below_use_asks_on_a_terminal(
    quotas: FakeQuotas, monkeypatch: pytest.MonkeyPatch, answer: str, limit: int
) -> None:
    monkeypatch.setattr(cli, "_can_ask", lambda: True)
    quotas.use(QuotaArea.REPORTING, 30 * GIB, 29 * GIB)
    done = CliRunner().invoke(cli.quota, ["apply", "--reset", "--model", "C100V"], input=answer)
    assert "the oldest reporting data is deleted. Do it?" in done.output
    assert quotas.usages[103].limit == limit * GIB


def test_siblings_count_as_the_smallest(quotas: FakeQuotas, tmp_path: Path) -> None:
    quotas.usages.clear()
    Machine(tmp_path).dmi(sys_vendor="Cisco Systems Inc", product_name="UCSC-C220-M5SX").cpus(1, 2)
    document = json.loads(CliRunner().invoke(cli.quota, ["apply", "--json"]).output)
    assert document["model"] == "C195"
    assert document["notes"][0].startswith("The areas are those of C195, the smallest: one of C195")
