"""`mailward upgrade plan`."""

from __future__ import annotations

from typing import Any

import click

from hwmgmt.models.catalogue import catalogue as models
from mailward.output import json_option, print_json
from mailward.version import Version
from upgrade.catalogue.catalogue import catalogue
from upgrade.planner import Hop, Plan, Review, Wish
from upgrade.planner import plan as make_plan
from upgrade.text import paragraph

ASKED_FOR = "--deny was given"


@click.command()
@click.option("--from", "source", required=True, metavar="VERSION", help="Version the appliance has now.")
@click.option("--to", "target", required=True, metavar="VERSION", help="Release to arrive at.")
@click.option("--model", metavar="NAME", help="Leave out releases that do not run on this hardware model.")
@click.option("--deny", multiple=True, metavar="VERSION", help="Leave out this release. Can be repeated.")
@json_option
def plan(source: str, target: str, model: str | None, deny: tuple[str, ...], as_json: bool) -> None:
    """The shortest chain of supported upgrades between two versions.

    Each upgrade comes with its reason, what must hold before it, what it changes in the configuration and the
    notes of the releases it passes. Nothing is looked up on this machine and nothing is changed. The exit status
    is 3 if there is no such chain; the reason is printed.

    Of several chains with the fewest upgrades, their stops are compared from the first on: the more widely
    deployed release goes first (GD, MD, LD), then the newer one.

    \b
    Examples:
      mailward upgrade plan --from 14.2.3-027 --to 14.2.3-031
      mailward upgrade plan --from 13.5.1-277 --to 14.2.3-031 --model C690
      mailward upgrade plan --from 13.5.1-277 --to 14.2.3-031 --json
    """
    wish = Wish(
        source=Version.parse(source),
        target=Version.parse(target),
        model=models().get(model).name if model else None,
        denied={Version.parse(text): ASKED_FOR for text in deny},
    )
    answer = make_plan(catalogue(), wish)
    if as_json:
        print_json(to_document(answer))
    else:
        _print(answer, wish.model)


def to_document(answer: Plan) -> dict[str, Any]:
    """The plan for a machine: ``{"hops": […]}``."""
    return {"hops": [_hop(hop) for hop in answer.hops]}


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "from": str(hop.source),
        "to": str(hop.target),
        "deployment": hop.release.deployment,
        "update": hop.release.update,
        "reboot": hop.reboot,
        "why": hop.why,
        "alternatives": [str(version) for version in hop.alternatives],
        "conditions": [condition.model_dump(mode="json") for condition in hop.conditions],
        "migrations": [migration.model_dump(mode="json") for migration in hop.migrations],
        "review": [
            {
                "release": review.release,
                "kind": review.kind,
                "required": review.required,
                "notes": [note.model_dump(mode="json") for note in review.notes],
            }
            for review in hop.review
        ],
        "advice": [note.model_dump(mode="json") for note in hop.advice],
        "known_issues": [issue.model_dump(mode="json") for issue in hop.known],
    }


def _print(answer: Plan, model: str | None) -> None:
    count = len(answer.hops)
    upgrades = "1 upgrade with a reboot" if count == 1 else f"{count} upgrades, each with a reboot"
    hardware = f"for {model}" if model else "for any model that its releases support (--model was not given)"
    click.echo(f"From {answer.source} to {answer.target}: {upgrades}, {hardware}.")
    for number, hop in enumerate(answer.hops, 1):
        _print_hop(number, hop)
    last = answer.hops[-1]
    click.echo("\nGood to know")
    for note in last.advice:
        paragraph("-", note.text, column=4)
    click.echo("\nKnown issues")
    for issue in last.known:
        paragraph(issue.id, issue.advice)


def _print_hop(number: int, hop: Hop) -> None:
    release = hop.release
    click.echo(f"\n{number}. {hop.source} -> {hop.target}, {release.label} ({release.deployment.words})")
    paragraph("because", hop.why)
    for condition in hop.conditions:
        where = f" ({', '.join(condition.models)})" if condition.models else ""
        paragraph("must hold" if condition.blocks else "should hold", condition.text + where)
    for migration in hop.migrations:
        paragraph("changes", migration.text)
    for review in hop.review:
        _print_review(review)


def _print_review(review: Review) -> None:
    must = f"{review.kind} release, to be reviewed" if review.required else f"{review.kind} release"
    nothing = "nothing new" if not review.required else "no notes here; read those published with it"
    paragraph("notes", f"{review.release}, {must}" + ("" if review.notes else f": {nothing}"))
    for note in review.notes:
        paragraph(f"- {note.kind}", note.text, indent=14, column=24)
