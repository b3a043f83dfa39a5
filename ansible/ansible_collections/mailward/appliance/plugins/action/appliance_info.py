"""What an appliance says about itself."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.mailward.appliance.plugins.plugin_utils.appliance import Appliance
from ansible_collections.mailward.appliance.plugins.plugin_utils.console import ConsoleAction

SUBSETS = {
    "version": ("version",),
    "status": ("status",),
    "upgrade": ("upgrade", "status"),
    "slots": ("upgrade", "slots"),
    "health": ("health",),
    "hardware": ("hwinfo",),
}


class ActionModule(ConsoleAction):
    SPEC: ClassVar[dict[str, Any]] = {
        "gather": {
            "type": "list",
            "elements": "str",
            "choices": list(SUBSETS),
            "default": ["version", "status", "upgrade"],
        }
    }

    def work(self, appliance: Appliance, given: dict[str, Any]) -> dict[str, Any]:
        found = {name: appliance.ask(*SUBSETS[name]) for name in given["gather"]}
        return {"changed": False, "appliance": found}
