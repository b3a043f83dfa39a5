import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hwmgmt.models.model import QuotaArea
from hwmgmt.quota import cli
from hwmgmt.quota.areas import BelowUse
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


def test_apply_without_a_known_model_asks_for_it(quotas: FakeQuotas, tmp_path: Path) -> None:
    Machine(tmp_path).dmi(sys_vendor="Acme", product_name="Anvil").cpus(1, 2)
    refused = CliRunner().invoke(cli.quota, ["apply"])
    assert isinstance(refused.exception, cli.WhichModel)
    assert "--model" in refused.exception.hint()


def test_siblings_count_as_the_smallest(quotas: FakeQuotas, tmp_path: Path) -> None:
    Machine(tmp_path).dmi(sys_vendor="Cisco Systems Inc", product_name="UCSC-C220-M5SX").cpus(1, 2)
    document = json.loads(CliRunner().invoke(cli.quota, ["apply", "--json"]).output)
    assert document["model"] == "C195"
