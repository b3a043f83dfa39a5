"""`mailward hw model`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from hwmgmt.models.catalogue import Catalogue, catalogue
from hwmgmt.models.detect import Detected, Support, detect
from hwmgmt.models.figure import Figure
from hwmgmt.models.model import Cpu, DiskSet, Model, Port
from hwmgmt.size import format_size
from mailward.errors import ExitStatus
from mailward.output import json_option, print_json, print_table, to_plain


@click.command()
@click.argument("name", required=False)
@click.option("--list", "list_all", is_flag=True, help="List every model of the catalogue.")
@json_option
def model(name: str | None, list_all: bool, as_json: bool) -> int:
    """Which model this machine is, and whether this release runs on it.

    With NAME: what the catalogue says about that model, each figure with its source. The exit status is 3
    if this machine is a model that is not supported.

    \b
    Examples:
      mailward hw model               this machine
      mailward hw model C695F         figures of a model and where they come from
      mailward hw model --list        all models
      mailward hw model --json        for a machine
    """
    models = catalogue()
    if list_all:
        _print_list(models, as_json)
        return ExitStatus.OK
    if name:
        _print_model(models.get(name), models, as_json)
        return ExitStatus.OK
    answer = detect(models=models)
    if as_json:
        name = answer.model.name if answer.model else None
        print_json(to_plain(answer) | {"model": name, "level": answer.level.name.lower()})
    else:
        _print_detected(answer)
    return ExitStatus.REJECTED if answer.support is Support.UNSUPPORTED else ExitStatus.OK


def _print_detected(answer: Detected) -> None:
    rows = [
        ("model", ", ".join(answer.candidates) if answer.candidates else "not known"),
        ("support", answer.support.value),
        ("because", f"{answer.because} (support level {answer.level.name.lower()})"),
        ("hypervisor", str(answer.hypervisor)),
    ]
    rows += [("why", answer.why)] if answer.why else []
    rows += [("what to do", answer.advice)] if answer.advice else []
    rows += [("note", note) for note in answer.notes]
    print_table(("fact", "value"), rows)


def _print_list(models: Catalogue, as_json: bool) -> None:
    if as_json:
        print_json([_summary(model) for model in models])
        return
    rows = [
        (
            model.name,
            model.support_word,
            model.base,
            model.spec.cpu.value.total if model.spec else "",
            format_size(model.memory_bytes) if model.spec else "",
            format_size(model.default_disk_bytes) if model.spec else "",
            len(model.interfaces) if model.spec else "",
        )
        for model in models
    ]
    print_table(("model", "support", "base", "cpus", "memory", "disk", "ports"), rows)


def _summary(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "kind": model.kind,
        "series": model.series,
        "base": model.base,
        "supported": model.supported,
        "why": model.why,
        "advice": model.advice,
        "figures": {figure.name: _figure(figure) for figure in model.figures()},
    }


def _figure(figure: Figure[Any]) -> dict[str, Any]:
    return {"value": figure.value, **to_plain(figure.provenance)}


def _print_model(model: Model, models: Catalogue, as_json: bool) -> None:
    if as_json:
        print_json(_summary(model))
        return
    print_table(
        ("figure", "value", "verified", "source"),
        _rows(model.figures(), models),
        title=f"{model.name}: {model.support_word}, {model.base}",
    )
    if not model.supported:
        click.echo(f"{model.why}. What to do: {model.advice}.")


def _rows(figures: Iterable[Figure[Any]], models: Catalogue) -> Iterable[tuple[str, str, str, str]]:
    for figure in figures:
        source = models.sources[figure.provenance.source]
        yield figure.name, _text(figure), "yes" if figure.provenance.verified else "no", source


def _text(figure: Figure[Any]) -> str:
    match figure.value:
        case Cpu(sockets, cores):
            return f"{sockets} x {cores} cores"
        case DiskSet(count, size, raid):
            return f"{count} x {size / 10**9:g} GB {raid}"
        case tuple() as ports if all(isinstance(port, Port) for port in ports):
            return ", ".join(f"{port.name} ({port.kind})" for port in ports)
        case int() as number if figure.name != "power_supplies":
            return format_size(number)
        case str() | int() as plain:
            return str(plain)
        case detection:
            return " ".join((*detection.names, *detection.products, *detection.drivers))
