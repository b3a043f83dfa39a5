"""`mailward upgrade`: from one release to the next.

What needs the mail service lives on the floor above and announces itself in the entry-point group
``mailward.commands.upgrade``, as the floors do in ``mailward.commands``.
"""

import sys
from importlib.metadata import entry_points

import click

from mailward.cli import GROUP, LazyGroup

SUBCOMMANDS: dict[str, str] = {
    "graph": "upgrade.catalogue.cli:graph",
    "notes": "upgrade.catalogue.cli:notes",
    "plan": "upgrade.plan_cli:plan",
    "releases": "upgrade.catalogue.cli:releases",
    "slots": "upgrade.slots.cli:slots",
    **{point.name: point.value for point in entry_points(group=f"{GROUP}.upgrade")},
}


@click.group(cls=LazyGroup, members=SUBCOMMANDS, invoke_without_command=True)
@click.pass_context
def upgrade(context: click.Context) -> None:
    """Releases, the paths between them, and the upgrade itself.

    Without a command, on a terminal, it asks what to do.
    """
    if context.invoked_subcommand is not None:
        return
    dialogue = upgrade.get_command(context, "dialogue")
    if dialogue is None or not sys.stdin.isatty():
        click.echo(context.get_help())
        return
    context.invoke(dialogue)
