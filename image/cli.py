"""`mailward image`: build what one flashes or deploys."""

import click

from mailward.cli import LazyGroup

SUBCOMMANDS: dict[str, str] = {}


@click.group(cls=LazyGroup, members=SUBCOMMANDS)
def image() -> None:
    """Build appliance images for a hardware model."""
