"""`mailward hw inventory`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from hwmgmt.inventory.collect import Inventory, collect
from hwmgmt.ipmi.fru import Areas
from hwmgmt.ipmi.options import Connection, bmc_options
from hwmgmt.net.views import network_json
from hwmgmt.reading import Reading
from hwmgmt.size import format_size
from mailward.errors import ExitStatus
from mailward.output import json_option, print_json, print_table, to_plain

ROOT = Path("/")


@click.command()
@bmc_options
@json_option
def inventory(connection: Connection, as_json: bool) -> int:
    """What this machine is made of: model, links, disks, RAID, BMC and replaceable parts.

    Each part is read beside the others; one that does not answer has its reason and delays nothing. With
    --host the BMC and the parts are that machine's.

    \b
    Examples:
      mailward hw inventory
      mailward hw inventory --json >inventory.json
    """
    found = collect(connection.target, root=ROOT, deadline_s=connection.answer_s + 3.0)
    if as_json:
        document = to_plain(found) | {"network": to_plain(found.network.map(network_json))}
        # The catalogue's whole entry is `hw model NAME --json`; here its name is enough.
        detected = found.model.value
        if detected is not None:
            document["model"]["value"]["model"] = detected.model.name if detected.model else None
        for part in document["parts"]["value"] or ():
            part.pop("raw")
        print_json(document)
        return ExitStatus.OK
    print_table(("part", "name", "what"), _rows(found))
    click.echo(f"\nTook {found.took_s:.2f} s.")
    return ExitStatus.OK


Row = tuple[str, object, object]


def _rows(found: Inventory) -> Iterable[Row]:
    detected = found.model.value
    if detected is not None:
        yield ("model", ", ".join(detected.candidates) or "not known", detected.support.value)
    network = found.network.value
    if network is not None:
        for link in network.links:
            if link.is_card:
                yield ("port", link.name, f"{link.mac}, {link.driver}, {link.speed}")
    for disk in found.disks.otherwise(()):
        size = format_size(disk.size.value) if disk.size.value is not None else disk.size
        yield ("disk", disk.node, f"{size}, {disk.model}, {disk.serial}")
    if found.raid.value is not None:
        for array in found.raid.value.arrays:
            yield ("RAID", array.name, f"{array.level}, {array.state}, {len(array.drives)} drives")
    if (bmc := found.bmc.value) is not None:
        yield ("BMC", f"manufacturer {bmc.manufacturer}", f"product {bmc.product}, firmware {bmc.firmware}")
    for part in found.parts.otherwise(()):
        yield ("part", part.name, _part(part.contents))
    sections: tuple[tuple[str, Reading[Any]], ...] = (
        ("model", found.model),
        ("port", found.network),
        ("disk", found.disks),
        ("RAID", found.raid),
        ("BMC", found.bmc),
    )
    for name, reading in sections:
        if not reading.ok:
            yield (name, "", f"({reading.reason}) {reading.detail}")


def _part(contents: Reading[Areas]) -> str:
    if contents.value is None:
        return f"({contents.reason}) {contents.detail}"
    fields = {**contents.value.board.otherwise({}), **contents.value.product.otherwise({})}
    names = ("manufacturer", "product name", "part number", "serial number")
    return ", ".join(fields[name] for name in names if name in fields)
