"""Listeners suspended or resumed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.mailward.appliance.plugins.plugin_utils.appliance import Appliance
from ansible_collections.mailward.appliance.plugins.plugin_utils.console import ConsoleAction

ALL = "*"  # as `status` spells it


def holds(state: str, listeners: Collection[str], suspended: Collection[str]) -> bool:
    """Whether the listeners (all, if none is named) are in that state already."""
    if state == "suspended":
        return ALL in suspended or (bool(listeners) and set(listeners) <= set(suspended))
    return not suspended or (
        ALL not in suspended and bool(listeners) and set(listeners).isdisjoint(suspended)
    )


class ActionModule(ConsoleAction):
    SPEC: ClassVar[dict[str, Any]] = {
        "state": {"type": "str", "choices": ["suspended", "resumed"], "required": True},
        "listeners": {"type": "list", "elements": "str", "default": []},
        "delay": {"type": "int", "default": 30},
    }

    def work(self, appliance: Appliance, given: dict[str, Any]) -> dict[str, Any]:
        state, listeners = given["state"], given["listeners"]
        before = appliance.ask("status")["suspended_listeners"]
        if holds(state, listeners, before):
            return {"changed": False, "suspended_listeners": before}
        if self.check:
            return {"changed": True, "suspended_listeners": before}
        words = [f"listeners={','.join(listeners)}"] if listeners else []
        if state == "suspended":
            after = appliance.ask("suspendlistener", *words, f"delay={given['delay']}")
        else:
            after = appliance.ask("resumelistener", *words)
        return {"changed": True, "suspended_listeners": after["suspended_listeners"]} | self._told(
            before, after
        )

    def _told(self, before: list[str], after: dict[str, Any]) -> dict[str, Any]:
        if not self.diff:
            return {}
        now = after["suspended_listeners"]
        return {"diff": {"before": {"suspended": before}, "after": {"suspended": now}}}
