"""`mailward serve`: the mail service."""

from __future__ import annotations

import os
from pathlib import Path

import click


def _processors() -> int:
    return len(os.sched_getaffinity(0))


@click.command()
@click.option("--config", default="/configuration/config.xml", type=Path, show_default=True, help="XML file.")
@click.option("--spool", default="/var/spool/mailward", type=Path, show_default=True, help="Mail queue.")
@click.option("--log", default="/var/log/mailward", type=Path, show_default=True, help="Folder of logs.")
@click.option(
    "--control", default="/run/mailward/control", type=Path, show_default=True, help="Control socket."
)
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; default is one per processor.")
def serve(config: Path, spool: Path, log: Path, control: Path, workers: int | None) -> None:
    """Run the mail service in the foreground.

    SIGHUP takes a changed configuration without dropping a connection; SIGTERM lets messages under way
    finish.

    \b
    Examples:
      mailward serve
      mailward serve --config test.xml --spool /tmp/spool --log /tmp/log --control /tmp/control
    """
    # The group is imported for every `mailward` call; the service only here.
    from gateway.service.supervisor import serve as run
    from gateway.service.wiring import Places

    run(Places(config, spool, log, control), workers or _processors())
