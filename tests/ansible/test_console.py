"""The same plugins at the appliance's own console, so that the simulated one is not believed on its word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.console.words import split
from mailward.errors import MailwardError
from tests.ansible.conftest import Line, Run
from tests.gateway.console.scripted import CONFIG, Console, Script

ROUTES = """<config>
  <smtp_routes>
    <smtp_route><domain>example.com</domain><hosts><host><hostname>10.0.0.5</hostname></host></hosts></smtp_route>
  </smtp_routes>
</config>
"""


class RealConsole:
    """What `mailward console -c LINE` does, on a machine below a folder."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.calls: list[str] = []

    def call(self, line: str) -> tuple[int, str, str]:
        self.calls.append(line)
        words = [word for word in split(line) if word != "--json"]
        try:
            dispatcher = self.console.dispatcher(Script([]))
            return 0, json.dumps(dispatcher.run(words, as_json=True)), ""
        except MailwardError as error:
            return error.exit_status, json.dumps(error.to_dict()), ""


@pytest.fixture
def real(tmp_path: Path) -> RealConsole:
    return RealConsole(Console(tmp_path))


@pytest.fixture
def line(real: RealConsole) -> Line:
    return Line(real)


def test_a_part_of_a_configuration_once(run: Run, real: RealConsole) -> None:
    checked = run("appliance_config", config=ROUTES, partial=True, check=True, diff=True)
    assert checked["changed"]
    assert "10.0.0.5" in checked["diff"]["after"]
    assert "10.0.0.5" not in checked["diff"]["before"]
    assert real.console.store.running().config.smtp_routes == []
    first = run("appliance_config", config=ROUTES, partial=True, comment="to the mail store")
    assert (first["changed"], first["changes"]) == (True, ["smtp_routes/example.com"])
    assert real.console.store.history()[0].stamp.comment == "to the mail store"
    assert not run("appliance_config", config=ROUTES, partial=True)["changed"]
    assert not run("appliance_config", config=ROUTES, partial=True, check=True)["changed"]


def test_whose_network_settings_count_has_to_be_said(run: Run) -> None:
    result = run("appliance_config", config=CONFIG)
    assert (result["failed"], result["kind"], result["error"]) == (
        True,
        "bad-input",
        "config.network-question",
    )


def test_the_whole_configuration(run: Run, real: RealConsole) -> None:
    renamed = CONFIG.replace("<hostname>mail.example.com</hostname>\n  <ip", "<hostname>mx</hostname>\n  <ip")
    assert run("appliance_config", config=renamed, network="take")["changed"]
    assert real.console.store.running().config.hostname == "mx"
    assert not run("appliance_config", config=renamed, network="take")["changed"]


def test_changes_in_hand(run: Run, real: RealConsole) -> None:
    real.call("dnsconfig new 192.0.2.53")
    result = run("appliance_config", config=ROUTES, partial=True)
    assert (result["failed"], result["error"]) == (True, "fleet.pending")
    assert real.console.store.pending("alice")
    done = run("appliance_config", config=ROUTES, partial=True, pending="clear")
    assert done["changes"] == ["smtp_routes/example.com"]


def test_what_is_no_configuration(run: Run, real: RealConsole) -> None:
    result = run("appliance_config", config="<config><colour>red</colour></config>", partial=True)
    assert (result["failed"], result["kind"]) == (True, "bad-input")
    assert "colour" in result["msg"]
    assert not real.console.store.pending("alice")


def test_listeners(run: Run, real: RealConsole) -> None:
    real.console.service.answers["status"] |= {"suspended_listeners": []}
    real.console.service.answers["listeners.suspend"] = {
        "suspended_listeners": ["InboundMail"],
        "delivery_suspended": False,
    }
    result = run("appliance_listener", state="suspended", listeners=["InboundMail"], delay=5)
    assert (result["changed"], result["suspended_listeners"]) == (True, ["InboundMail"])
    asked = ("listeners.suspend", {"listeners": ["InboundMail"], "delay": 5})
    assert asked in real.console.service.asked


def test_version(run: Run) -> None:
    version = run("appliance_info", gather=["version"])["appliance"]["version"]
    assert set(version) >= {"model", "version", "serial", "uptime"}
