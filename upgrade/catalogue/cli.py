"""`mailward upgrade releases`, `notes` and `graph`."""

from __future__ import annotations

from typing import Any

import click

from mailward.output import json_option, print_json, print_table
from mailward.version import Version
from upgrade.catalogue import cincinnati
from upgrade.catalogue.catalogue import Catalogue, Line, catalogue
from upgrade.catalogue.document import digest
from upgrade.catalogue.graph import build
from upgrade.catalogue.release import Release
from upgrade.text import paragraph


@click.command()
@json_option
def releases(as_json: bool) -> None:
    """Releases of the catalogue: over which versions each can be installed, and on which hardware.

    \b
    Examples:
      mailward upgrade releases           newest last
      mailward upgrade releases --json    each as the document that travels with it, and its hash
    """
    known = catalogue()
    if as_json:
        print_json(
            {
                "releases": [
                    {"digest": digest(release), "release": release.model_dump(mode="json")}
                    for release in known.releases.values()
                ],
                "vulnerable": known.vulnerable.model_dump(mode="json"),
            }
        )
        return
    for release in known.releases.values():
        click.echo(f"{release.id}, {release.label} ({release.deployment.words})")
        paragraph("over", ", ".join(map(str, release.sources)))
        paragraph("runs on", ", ".join(release.hardware.supported))
        paragraph("not on", ", ".join(release.hardware.unsupported))
        if release.barrier:
            paragraph("barrier", release.barrier)
        if release.dead_end:
            paragraph("dead end", release.dead_end)
    vulnerable = known.vulnerable
    click.echo(f"Nobody may go back to these: {vulnerable.reason} ({vulnerable.advisory})")
    paragraph("", ", ".join(map(str, vulnerable.versions)), indent=0, column=2)


@click.command()
@click.argument("version")
@json_option
def notes(version: str, as_json: bool) -> None:
    """What is new, changed, known and fixed in a release, or in a line of releases such as 14.0.

    \b
    Examples:
      mailward upgrade notes 14.2.3-031
      mailward upgrade notes 14.0
      mailward upgrade notes 14.2.3-031 --json
    """
    known = catalogue()
    for line in known.lines:
        if line.name == version:
            _show_line(line, as_json)
            return
    release = known.get(Version.parse(version))
    if as_json:
        print_json(_notes_document(release, known))
    else:
        _print_notes(release, known)


def _show_line(line: Line, as_json: bool) -> None:
    if as_json:
        print_json({"release": line.name, "notes": [note.model_dump(mode="json") for note in line.notes]})
        return
    click.echo(f"{line.name}, as far as it is known here" if line.notes else f"{line.name}: no notes here")
    for note in line.notes:
        paragraph(note.kind, note.text)


def _notes_document(release: Release, known: Catalogue) -> dict[str, Any]:
    base = known.base_of(release)
    return {
        "release": str(release.id),
        "deployment": release.deployment,
        "update_of": str(base.id) if base else None,
        "notes": [note.model_dump(mode="json") for note in release.notes],
        "known_issues": [issue.model_dump(mode="json") for issue in release.known],
        "fixed_issues": [issue.model_dump(mode="json") for issue in release.fixed],
    }


def _print_notes(release: Release, known: Catalogue) -> None:
    click.echo(f"{release.id}, {release.label} ({release.deployment.words})")
    if base := known.base_of(release):
        click.echo(f"An update of {base.id}, whose notes hold too.")
    for note in sorted(release.notes, key=lambda note: note.kind):
        paragraph(note.kind, note.text)
    click.echo("Known issues")
    for issue in release.known:
        paragraph(issue.id, issue.advice)
    click.echo("Fixed issues" if release.fixed else "Fixed issues: the release notes name none by its id.")
    for issue in release.fixed:
        paragraph(issue.id, issue.advice)


@click.command()
@json_option
def graph(as_json: bool) -> None:
    """Which upgrades lead where, in one step each.

    With --json it is a Cincinnati graph: nodes with version, payload (hash of the release's document) and
    metadata, and edges as pairs of positions in the list of nodes.

    \b
    Examples:
      mailward upgrade graph
      mailward upgrade graph --json > graph.json
    """
    whole = build(catalogue().releases.values())
    if as_json:
        print_json(cincinnati.export(whole))
        return
    rows = []
    for node in whole.nodes.values():
        targets = sorted(edge.target for edge in whole.edges if edge.source == node.version)
        kind = f"{node.deployment} update" if node.update else node.deployment or ""
        rows.append((node.version, kind, ", ".join(map(str, targets)) or "none"))
    print_table(("version", "type", "upgrades to"), rows)
    for severed in whole.severed.values():
        click.echo(f"Not {severed.edge}: {severed.reason}.")
