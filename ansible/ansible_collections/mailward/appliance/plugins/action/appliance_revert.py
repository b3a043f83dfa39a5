"""Back to the release in the other slot."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.mailward.appliance.plugins.plugin_utils.appliance import Appliance
from ansible_collections.mailward.appliance.plugins.plugin_utils.console import ConsoleAction
from ansible_collections.mailward.appliance.plugins.plugin_utils.upgrading import (
    Patience,
    begin,
    other,
    verdict,
)


class ActionModule(ConsoleAction):
    SPEC: ClassVar[dict[str, Any]] = {
        "leave": {"type": "str", "required": True},
        "wait": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 3600},
        "poll": {"type": "int", "default": 10},
    }

    def work(self, appliance: Appliance, given: dict[str, Any]) -> dict[str, Any]:
        running = appliance.ask("version")["version"]
        status = appliance.ask("upgrade", "status")
        under_way, attempts = status["under_way"], status["attempts"]
        if under_way and (under_way["from"] != given["leave"] or running == given["leave"]):
            raise other(under_way)
        if running != given["leave"] and not under_way:
            return {"changed": False, "running": running}
        if self.check:
            return {"changed": True, "running": running}
        since = ""
        if not under_way:
            since = attempts[0]["began"] if attempts else ""
            begin(appliance, ["revert"])
        if not given["wait"]:
            return {"changed": True, "running": running}
        attempt = verdict(appliance, Patience(given["timeout"], given["poll"]), since=since)
        return {"changed": True, "running": attempt["to"], "attempt": attempt}
