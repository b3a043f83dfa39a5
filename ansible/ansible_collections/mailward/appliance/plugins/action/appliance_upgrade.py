"""From one release to the next: plan, look, run, wait, and say how it went."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.mailward.appliance.plugins.plugin_utils.appliance import Appliance
from ansible_collections.mailward.appliance.plugins.plugin_utils.console import ConsoleAction
from ansible_collections.mailward.appliance.plugins.plugin_utils.upgrading import (
    Patience,
    begin,
    blocked,
    other,
    verdict,
)

SECONDS = ("delay", "drain", "deadline", "stability")


class ActionModule(ConsoleAction):
    SPEC: ClassVar[dict[str, Any]] = {
        "to": {"type": "str", "required": True},
        "phase": {"type": "str", "choices": ["plan", "preflight", "download", "run"], "default": "run"},
        "source": {"type": "str"},
        **{name: {"type": "int"} for name in SECONDS},
        "force": {"type": "bool", "default": False},
        "confirmed": {"type": "list", "elements": "str", "default": []},
        "wait": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 3600},
        "poll": {"type": "int", "default": 10},
    }

    def work(self, appliance: Appliance, given: dict[str, Any]) -> dict[str, Any]:
        running = appliance.ask("version")
        result = {"changed": False, "running": running["version"]}
        if running["version"] == given["to"] and given["phase"] != "run":
            return result
        phases = {
            "plan": self._plan,
            "preflight": self._preflight,
            "download": self._download,
            "run": self._run,
        }
        return result | phases[given["phase"]](appliance, given, running)

    def _plan(self, appliance: Appliance, given: dict[str, Any], running: dict[str, Any]) -> dict[str, Any]:
        words = ["--from", running["version"], "--to", given["to"], "--model", running["model"]]
        return {"plan": appliance.ask("upgrade", "plan", *words)}

    def _preflight(
        self, appliance: Appliance, given: dict[str, Any], running: dict[str, Any]
    ) -> dict[str, Any]:
        words = ["--to", given["to"], "--begin", *_allowed(given)]
        report = appliance.ask("upgrade", "preflight", *words)
        if report["verdict"] == "block":
            raise blocked(report)
        return {"preflight": report}

    def _download(
        self, appliance: Appliance, given: dict[str, Any], running: dict[str, Any]
    ) -> dict[str, Any]:
        source = _source(given)
        offers = appliance.ask("upgrade", "available", *source)
        offer = next((one for one in offers if one["version"] == given["to"]), None)
        if offer and offer["complete"]:
            return {}
        if not self.check:
            appliance.ask("upgrade", "download", given["to"], *source)
        return {"changed": True}

    def _run(self, appliance: Appliance, given: dict[str, Any], running: dict[str, Any]) -> dict[str, Any]:
        status = appliance.ask("upgrade", "status")
        under_way, attempts = status["under_way"], status["attempts"]
        if under_way and under_way["to"] != given["to"]:
            raise other(under_way)
        if running["version"] == given["to"] and not under_way:
            return {}
        # One that is under way already is waited for: it may be on trial, and what runs is not what stays.
        looked = {} if under_way else self._preflight(appliance, given, running)
        if self.check:
            return looked | {"changed": True}
        since = ""
        if not under_way:
            since = attempts[0]["began"] if attempts else ""
            begin(
                appliance, ["run", "--to", given["to"], *_source(given), *_allowed(given), *_seconds(given)]
            )
        if not given["wait"]:
            return looked | {"changed": True}
        attempt = verdict(appliance, Patience(given["timeout"], given["poll"]), since=since)
        return looked | {"changed": True, "running": attempt["to"], "attempt": attempt}


def _source(given: dict[str, Any]) -> list[str]:
    return ["--source", given["source"]] if given["source"] else []


def _allowed(given: dict[str, Any]) -> list[str]:
    ports = [word for port in given["confirmed"] for word in ("--confirmed", port)]
    return [*(["--force"] if given["force"] else []), *ports]


def _seconds(given: dict[str, Any]) -> list[str]:
    return [word for name in SECONDS if given[name] is not None for word in (f"--{name}", str(given[name]))]
