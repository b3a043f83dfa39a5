"""What a configuration costs: reading, checking, writing and committing large ones, next to named peers.

    python -m bench.config [--json bench-config.json]

Seconds, the best of several runs. The peers check less: lxml's XSD knows nothing of HAT, certificates and references,
pydantic-core gets the values already taken out of the XML.
"""

from __future__ import annotations

import json
import tempfile
import timeit
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from lxml import etree

from bench.access import large_hat
from gateway.config import edit, reading, schema, xml
from gateway.config.applier import AppliesNothing
from gateway.config.elements.delivery import DestinationControl, RouteHost, SmtpRoute
from gateway.config.elements.listener import Listener
from gateway.config.elements.resources import AddressList, Alias
from gateway.config.model import Config
from gateway.config.store import Store
from mailward.output import print_table

OCTETS = 5 << 20
LIMITS = {"load and validate 5 MB": 3.0, "commit, HAT of 10,000": 1.0}  # seconds: the project's promise
Call = Callable[[], object]


def large(octets: int) -> Config:
    """Routes, controls, aliases and lists until the file has `octets`; half of it in small elements."""
    config = Config(hostname="mx.example.com", listeners=[Listener(listener_name="In", hat=large_hat())])
    size = len(xml.dumps(config))
    many = max(1, (octets - size) // 850)
    return edit.update(
        config,
        (),
        smtp_routes=[
            SmtpRoute(domain=f"d{n}.example.com", hosts=[RouteHost(hostname=f"10.0.{n % 256}.1")])
            for n in range(many)
        ],
        destination_controls=[
            DestinationControl(domain=f"d{n}.example.net", max_host_concurrency=20) for n in range(many)
        ],
        aliases=[
            Alias(alias=f"a{n}@example.com", targets=[f"b{n}@example.com", f"c{n}@example.com"])
            for n in range(many)
        ],
        address_lists=[
            AddressList(list_name="senders", addresses=[f"user{n}@long.example.org" for n in range(many * 5)])
        ],
    )


def with_table() -> Config:
    """A configuration whose one listener has a HAT of ten thousand entries."""
    return Config(hostname="mx.example.com", listeners=[Listener(listener_name="In", hat=large_hat())])


def calls(folder: Path) -> Iterator[tuple[str, Call]]:
    """What is measured."""
    config = large(OCTETS)
    text = xml.dumps(config)
    assert len(text) > OCTETS, len(text)
    yield "load and validate 5 MB", lambda: xml.loads(text)
    root = reading.tree(text)
    value = reading.content(root).value
    yield "  of it: parse (lxml)", lambda: reading.tree(text)
    yield "  of it: take values out", lambda: reading.content(root)
    yield "  of it: validate", lambda: Config.model_validate(value)
    validator = etree.XMLSchema(etree.fromstring(schema.xsd()))
    yield "peer: lxml, parse and validate by XSD", lambda: validator.assertValid(etree.fromstring(text))
    yield "write 5 MB", lambda: xml.dumps(config)
    table = with_table()
    (folder / "config.xml").write_bytes(xml.dumps(table))
    names = iter(range(1 << 30))

    def commit() -> None:
        place = Store(folder)  # as a process of its own does it, with nothing in memory
        place.edit("ann", edit.update(table, (), hostname=f"h{next(names)}.example.com"))
        Store(folder).commit("ann", "", AppliesNothing())

    yield "edit and commit, HAT of 10,000", commit

    def only_commit() -> float:
        Store(folder).edit("ann", edit.update(table, (), hostname=f"h{next(names)}.example.com"))
        place = Store(folder)
        return timeit.timeit(lambda: place.commit("ann", "", AppliesNothing()), number=1)

    yield "commit, HAT of 10,000", only_commit


def measure() -> dict[str, float]:
    """Seconds by name."""
    figures = {}
    with tempfile.TemporaryDirectory(prefix="bench-config-") as name:
        for what, call in calls(Path(name)):
            if what.startswith("commit"):
                figures[what] = min(float(str(call())) for _ in range(3))
            else:
                figures[what] = min(timeit.repeat(call, number=1, repeat=3))
    return figures


@click.command()
@click.option("--json", "json_path", type=Path, help="Write the figures there too.")
def main(json_path: Path | None) -> None:
    """Measure and print a table; the exit status is 1 if a promise is not kept."""
    figures = measure()
    rows = [
        (what, f"{cost:.3f}", f"{LIMITS[what]:g}" if what in LIMITS else "") for what, cost in figures.items()
    ]
    print_table(["call", "s", "limit"], rows)
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=2) + "\n")
    late = [what for what, limit in LIMITS.items() if figures[what] > limit]
    if late:
        raise click.ClickException(f"slower than promised: {', '.join(late)}")


if __name__ == "__main__":
    main()
