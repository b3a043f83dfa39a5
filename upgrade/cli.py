"""`mailward upgrade`: from one release to the next."""

import click

from mailward.cli import LazyGroup

SUBCOMMANDS: dict[str, str] = {
    "graph": "upgrade.catalogue.cli:graph",
    "notes": "upgrade.catalogue.cli:notes",
    "plan": "upgrade.plan_cli:plan",
    "preflight": "gateway.upgrade_cli:preflight",  # needs the mail service, whose floor is above
    "releases": "upgrade.catalogue.cli:releases",
}


@click.group(cls=LazyGroup, members=SUBCOMMANDS)
def upgrade() -> None:
    """Releases, the paths between them, and the upgrade itself."""
