"""Load, look, commit: a configuration onto an appliance, by the candidate of the user who calls.

Whether something is different is the appliance's to say: `commit` and `clear` tell how much waited, secrets included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.mailward.appliance.plugins.plugin_utils.appliance import Appliance, Refused

_HEADING = re.compile(r"<!--.*?-->\s*", re.DOTALL)  # model, serial number and the time: never the same twice
NOT_CONFIRMED = "console.not-confirmed"


def configure(appliance: Appliance, given: Mapping[str, Any], *, check: bool, diff: bool) -> dict[str, Any]:
    """The result of the task. In check mode the candidate is what it was before: empty. Raises Refused."""
    _begin(appliance, drop=given["pending"] == "clear" and not check)
    before = _shown(appliance) if diff else ""
    loaded = appliance.ask("loadconfig", *_words(given))
    result: dict[str, Any] = {"notices": loaded["notices"]}
    try:
        if diff:
            result["diff"] = {"before": before, "after": _shown(appliance)}
        if check:
            return result | {"changed": appliance.ask("clear", "--yes")["cleared"] > 0}
        if not given["commit"]:
            return result | {"changed": waiting(appliance)}
        return result | _commit(appliance, given)
    except Refused:
        appliance.ask("clear", "--yes")  # what was refused would be in the way of the next call
        raise


def waiting(appliance: Appliance) -> bool:
    """Whether this user has changes that are not committed. Nothing is changed: `clear` wants a --yes."""
    try:
        appliance.ask("clear")
    except Refused as error:
        if error.key == NOT_CONFIRMED:
            return True
        raise
    return False


def _begin(appliance: Appliance, *, drop: bool) -> None:
    if drop:
        appliance.ask("clear", "--yes")
    elif waiting(appliance):
        raise Refused(
            ("clear",),
            3,
            {
                "error": "fleet.pending",
                "message": "this user has changes on the appliance that were never committed",
                "remedy": "Commit or clear them there, or say `pending: clear`; give Ansible a user of its own",
            },
        )


def _words(given: Mapping[str, Any]) -> list[str]:
    source = (
        ["how=file", f"file={given['file']}"] if given["file"] else ["how=paste", f"text={given['config']}"]
    )
    words = [*source, f"partial={'yes' if given['partial'] else 'no'}"]
    if given["network"]:
        words.append(f"network={given['network']}")
    return words


def _shown(appliance: Appliance) -> str:
    """As people read it, with passwords masked."""
    return _HEADING.sub("", str(appliance.ask("showconfig")["xml"]), count=1)


def _commit(appliance: Appliance, given: Mapping[str, Any]) -> dict[str, Any]:
    words = [f"comment={given['comment']}"]
    if given["confirm"]:
        words.append(f"confirm={given['confirm']}")
    done = appliance.ask("commit", *words)
    if not done["committed"]:
        return {"changed": False}
    if done.get("confirm_within"):
        appliance.reconnect()  # only somebody who can still log in confirms
        appliance.ask("commit", "confirm")
    return {"changed": True, "revision": done["revision"], "changes": done["changes"]}
