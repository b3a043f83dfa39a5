"""A configuration, committed if it is another one than what runs."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.mailward.appliance.plugins.plugin_utils.appliance import Appliance
from ansible_collections.mailward.appliance.plugins.plugin_utils.configuration import configure
from ansible_collections.mailward.appliance.plugins.plugin_utils.console import ConsoleAction


class ActionModule(ConsoleAction):
    SPEC: ClassVar[dict[str, Any]] = {
        "config": {"type": "str"},
        "file": {"type": "str"},
        "partial": {"type": "bool", "default": False},
        "network": {"type": "str", "choices": ["keep", "take"]},
        "comment": {"type": "str", "default": "Ansible"},
        "commit": {"type": "bool", "default": True},
        "confirm": {"type": "int", "default": 0},
        "pending": {"type": "str", "choices": ["refuse", "clear"], "default": "refuse"},
    }
    RULES: ClassVar[dict[str, Any]] = {
        "mutually_exclusive": [["config", "file"]],
        "required_one_of": [["config", "file"]],
    }

    def work(self, appliance: Appliance, given: dict[str, Any]) -> dict[str, Any]:
        return configure(appliance, given, check=self.check, diff=self.diff)
