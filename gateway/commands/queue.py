"""`queue`: look into the mail queue and act on messages."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gateway.commands.options import F, age, control_option, size, when
from gateway.service.client import ControlClient
from mailward.errors import Rejected
from mailward.output import json_option, print_json, print_table

LONG = 600.0  # seconds an action over a large queue may take


class NothingSelected(Rejected):
    key = "queue.nothing-selected"
    sentence = "No message was named"
    remedy = "Give MIDs, or --sender, --recipient, --domain, --subject, --older, or --all for every message"


def selecting(function: F) -> F:
    """MIDs and the options that select messages; they arrive as the keyword `selection`."""
    for option in reversed(
        (
            click.argument("mids", nargs=-1, type=int),
            click.option("--sender", help="Sender contains this."),
            click.option("--recipient", help="A recipient contains this."),
            click.option("--domain", help="A recipient is in exactly this domain."),
            click.option("--subject", help="Subject contains this."),
            click.option(
                "--older", type=click.FloatRange(0), help="At least this many seconds in the queue."
            ),
            click.option("--stage", type=click.Choice(["work", "ready", "held"])),
        )
    ):
        function = option(function)
    return function


def _selection(words: dict[str, Any]) -> dict[str, Any]:
    names = ("mids", "sender", "recipient", "domain", "subject", "older", "stage")
    return {name: words[name] for name in names if words.get(name) not in (None, ())}


@click.group()
def queue() -> None:
    """The mail queue: show, search, delete, bounce, redirect, archive, deliver now.

    \b
    Examples:
      mailward queue show --domain example.com
      mailward queue delete --sender spammer@ --yes
      mailward queue redirect --domain example.com --host 10.0.0.5:25
    """


@queue.command()
@control_option
@json_option
def status(control: Path, as_json: bool) -> None:
    """How much is in it.

    \b
    Example:
      mailward queue status
    """
    found = ControlClient(control).ask("status")
    names = ("messages", "octets", "work_queue", "work_paused", "delivery_suspended", "full")
    if as_json:
        print_json({name: found.get(name) for name in names})
        return
    click.echo(
        f"{found['messages']} messages, {size(found['octets'])}; {found['work_queue']} in the work queue"
        f"{' (paused)' if found['work_paused'] else ''}"
        f"{'; delivery is suspended' if found['delivery_suspended'] else ''}"
        f"{'; FULL: ' + found['full'] if found['full'] else ''}."
    )


@queue.command()
@selecting
@click.option("--limit", default=100, show_default=True)
@control_option
@json_option
def show(limit: int, control: Path, as_json: bool, **words: Any) -> None:
    """List messages.

    \b
    Examples:
      mailward queue show
      mailward queue show --recipient bob@ --older 3600 --json
    """
    found = ControlClient(control, LONG).ask("queue.show", limit=limit, **_selection(words))
    messages = sorted(found["messages"], key=lambda m: m["mid"])[:limit]
    if as_json:
        print_json({"count": found["count"], "messages": messages})
        return
    now = time.time()
    print_table(
        ["MID", "Age", "Size", "From", "To", "Tries", "Last response"],
        [
            (
                m["mid"],
                age(now - m["received"]),
                size(m["size"]),
                f"<{m['sender']}>",
                m["recipients"][0] + (f" +{len(m['recipients']) - 1}" if len(m["recipients"]) > 1 else ""),
                m["attempts"],
                m["response"],
            )
            for m in messages
        ],
        title=f"{found['count']} messages" + (f", the first {limit}" if found["count"] > limit else ""),
    )


@queue.command()
@click.argument("mid", type=int)
@control_option
@json_option
def message(mid: int, control: Path, as_json: bool) -> None:
    """One message: envelope, recipients, the beginning of its content.

    \b
    Example:
      mailward queue message 4711
    """
    found = ControlClient(control).ask("queue.message", mid=mid)
    if as_json:
        print_json(found)
        return
    click.echo(
        f"MID {mid} from <{found['sender']}>, {size(found['size'])}, received {when(found['received'])}"
    )
    print_table(
        ["RID", "Recipient", "Stage", "Next attempt", "Tries", "Last response"],
        [
            (r["rid"], r["address"], r["stage"], when(r["due"]), r["attempts"], r["response"])
            for r in found["recipients"]
        ],
    )
    click.echo(found["head"])


def _act(command: str, verb: str, words: dict[str, Any], **more: Any) -> None:
    selection = _selection(words)
    if not selection and not words["everything"]:
        raise NothingSelected()
    client = ControlClient(words["control"], LONG)
    if not words["yes"]:
        count = client.ask("queue.show", limit=1, **selection)["count"]
        click.confirm(f"{verb.capitalize()} {count} messages?", abort=True, err=True)
    found = client.ask(command, **selection, **more)
    if words["as_json"]:
        print_json(found)
        return
    busy = f"; {found['busy']} are being delivered at the moment" if found["busy"] else ""
    click.echo(f"{found['done']} messages{busy}.")


def acting(function: F) -> F:
    """What every acting command takes."""
    for option in reversed(
        (
            selecting,
            click.option("--all", "everything", is_flag=True, help="Every message in the queue."),
            click.option("--yes", is_flag=True, help="Do not ask."),
            control_option,
            json_option,
        )
    ):
        function = option(function)
    return function


@queue.command()
@acting
def delete(**words: Any) -> None:
    """Delete messages; nobody is told.

    \b
    Examples:
      mailward queue delete 4711 4712
      mailward queue delete --sender spammer@bad.example --yes
    """
    _act("queue.delete", "delete", words)


@queue.command()
@acting
def bounce(**words: Any) -> None:
    """Return messages to their senders.

    \b
    Example:
      mailward queue bounce --domain gone.example --yes
    """
    _act("queue.bounce", "bounce", words)


@queue.command()
@acting
@click.option("--host", required=True, help="HOST:PORT to deliver to.")
def redirect(host: str, **words: Any) -> None:
    """Deliver what is queued now to another host.

    \b
    Example:
      mailward queue redirect --domain example.com --host 10.0.0.5:25 --yes
    """
    _act("queue.redirect", "redirect", words, host=host)


@queue.command()
@acting
@click.option("--folder", required=True, type=click.Path(path_type=Path, resolve_path=True))
def archive(folder: Path, **words: Any) -> None:
    """Copy messages to files MID.eml in a folder; they stay in the queue.

    \b
    Example:
      mailward queue archive 4711 --folder /var/configuration/archive --yes
    """
    _act("queue.archive", "archive", words, folder=str(folder))


def _deliver(**words: Any) -> None:
    """Try delivery at once, whatever was planned.

    \b
    Examples:
      mailward delivernow --all --yes
      mailward queue delivernow --domain example.com --yes
    """
    _act("queue.deliver_now", "deliver", words)


_run: Callable[..., None] = acting(_deliver)
delivernow = click.command(name="delivernow")(_run)
queue.add_command(delivernow)
