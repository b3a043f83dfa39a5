"""`mailward upgrade slots`."""

from __future__ import annotations

from typing import Any

import click

from mailward.output import json_option, print_json, print_table
from upgrade.slots.protocol import Content, Slot, SlotSurvey, Standing

STANDINGS = {
    Standing.NONE: "",
    Standing.TRIAL: "on trial",
    Standing.BLESSED: "blessed",
    Standing.BAD: "bad: starts only if the other slot cannot",
}


@click.command()
@json_option
def slots(as_json: bool) -> None:
    """Show both slots: what they hold, which one runs, and whether it has proved itself.

    The exit status is 1 if something is wrong with them that keeps an upgrade from being installed.

    \b
    Examples:
      mailward upgrade slots
      mailward upgrade slots --json
    """
    from upgrade.publish.keys import TrustedKeys
    from upgrade.slots.machine import MachineSlots

    found = MachineSlots.here(TrustedKeys(())).survey()  # nothing is installed, so nobody's signature counts
    if as_json:
        print_json(document(found))
    else:
        print_table(
            ("slot", "release", "state"), [(one.name, one.version or "", words(one)) for one in both(found)]
        )
        for problem in found.problems:
            click.secho(f"Wrong: {problem}.", fg="red")
    if found.problems:
        click.get_current_context().exit(1)


def both(found: SlotSurvey) -> list[Slot]:
    """As they lie on the disk."""
    return sorted((found.running, found.other), key=lambda slot: slot.name)


def words(slot: Slot) -> str:
    """What state a slot is in, for people."""
    if slot.content is not Content.WHOLE:
        return f"{'runs, ' if slot.running else ''}{slot.content}"
    said = [
        "runs" if slot.running else "",
        STANDINGS[slot.standing],
        f"{_count(slot.tries_left or 0)} left" if slot.standing is Standing.TRIAL else "",
    ]
    return ", ".join(word for word in said if word)


def _count(tries: int) -> str:
    return f"{tries} {'try' if tries == 1 else 'tries'}"


def document(found: SlotSurvey) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "slots": [
            {
                "name": slot.name,
                "running": slot.running,
                "content": slot.content,
                "version": str(slot.version) if slot.version else None,
                "standing": slot.standing,
                "tries_left": slot.tries_left,
                "tries_done": slot.tries_done,
                "uki": slot.uki,
                "root_hash": slot.root_hash,
            }
            for slot in both(found)
        ],
        "problems": list(found.problems),
    }
