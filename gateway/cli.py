"""`mailward serve`: the mail service."""

import click


@click.command()
def serve() -> None:
    """Run the mail service in the foreground."""
