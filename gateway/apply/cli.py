"""`mailward apply`: what the appliance's units call, and a look at what a configuration is rendered to."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.group()
def apply() -> None:
    """Make the system follow the configuration. `commit` on the console does this by itself.

    \b
    Examples:
      mailward apply show                     names of the files that the running configuration makes
      mailward apply show 10-ens3.network     one of them
      mailward apply now                      write them, and tell all services
    """


@apply.command(hidden=True)
def boot() -> None:
    """At the start, before network, logins and mail (mailward-apply.service)."""
    import time

    from gateway.apply.boot import boot as run
    from gateway.apply.confirm import Confirmation
    from gateway.apply.programs import SystemPrograms
    from gateway.config.store import Store

    programs = SystemPrograms()
    run(Path("/"), Store(), Confirmation(programs, time.time), programs, _announce)


@apply.command(hidden=True)
def revert() -> None:
    """Take back the commit that nobody confirmed (the timer that the commit set)."""
    import time

    from gateway.apply.applier import live_applier
    from gateway.apply.boot import revert as run
    from gateway.apply.confirm import Confirmation
    from gateway.apply.programs import SystemPrograms
    from gateway.config.store import Store

    _say(run(Store(), Confirmation(SystemPrograms(), time.time), live_applier()))


@apply.command()
def now() -> None:
    """Write all files anew and tell all services, whether anything changed or not."""
    from gateway.apply.applier import live_applier
    from gateway.config.store import Store

    store, applier = Store(), live_applier()
    store.recover(applier)
    applier.apply(None, store.running().config)


@apply.command()
@click.option("--config", default="/configuration/config.xml", type=Path, show_default=True, help="XML file.")
@click.argument("name", required=False)
def show(config: Path, name: str | None) -> None:
    """Print the paths of the files that a configuration makes, or the content of those that end in NAME."""
    from gateway.apply.applier import settled_machine
    from gateway.apply.plan import make_plan
    from gateway.apply.programs import SystemPrograms
    from gateway.apply.tree import File, Link
    from gateway.config import xml

    loaded = xml.load(config)
    plan = make_plan(loaded, settled_machine(loaded, Path("/"), SystemPrograms()))
    for path, node in sorted(plan.tree.items()):
        if name is None:
            click.echo(f"{path} -> {node.target}" if isinstance(node, Link) else path)
        elif path.endswith(name) and isinstance(node, File):
            click.echo(node.content.decode(errors="replace"), nl=False)
    for problem in plan.problems:
        click.echo(f"not possible here: {problem}", err=True)


def _say(sentence: str) -> None:
    """To the journal."""
    print(f"mailward: {sentence}", file=sys.stderr)


def _announce(sentence: str) -> None:
    """To the journal, and to every console of the kernel: who started the machine stands before one of them."""
    _say(sentence)
    active = Path("/sys/class/tty/console/active")
    for name in active.read_text().split() if active.exists() else ():
        try:
            with Path("/dev", name).open("w") as screen:
                screen.write(f"\r\nmailward: {sentence}\r\n")
        except OSError as error:
            _say(f"{name} shows nothing: {error.strerror}")
