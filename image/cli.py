"""`mailward image`: build what one flashes or deploys."""

import click

from mailward.cli import LazyGroup

SUBCOMMANDS: dict[str, str] = {
    "boot": "image.commands:boot",
    "build": "image.commands:build",
    "clean": "image.commands:clean",
    "convert": "image.forms.commands:convert",
    "diff": "image.diff.commands:diff",
    "lint": "image.forms.commands:lint",
    "reproduce": "image.reproduce:reproduce",
    "trial": "image.commands:trial",
}


@click.group(cls=LazyGroup, members=SUBCOMMANDS)
def image() -> None:
    """Build appliance images for a hardware model, and try them in QEMU."""
