"""From the start of the process to the console's prompt, next to a login shell and an empty Python.

    python -m bench.console [--json bench-console.json]

Seconds in a pty, the median of several runs taken in turn.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import click
import pexpect

from mailward.output import print_table

RUNS = 15
BUDGET = 0.4  # seconds
CONFIG = "<config><hostname>mail.example.com</hostname></config>"
# The console as `mailward console` puts it together, over a folder instead of /configuration.
SESSION = (
    "import sys; from pathlib import Path; from gateway.console import opening, cli;"
    "opening.CONFIGURATION = cli.HISTORIES = Path(sys.argv[1]);"
    "from mailward.cli import main; sys.exit(main(['console']))"
)


def seconds(words: list[str], prompt: str, terminal: str) -> float:
    """From the start until the prompt is there."""
    environment = {**os.environ, "TERM": terminal, "PS1": "bash> "}
    began = time.perf_counter()
    child = pexpect.spawn(words[0], words[1:], env=environment, encoding="utf-8", timeout=30)
    child.expect_exact(prompt)
    took = time.perf_counter() - began
    child.close(force=True)
    return took


@click.command()
@click.option("--json", "place", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(place: Path | None) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.xml").write_text(CONFIG)
        console = [sys.executable, "-c", SESSION, folder]
        cases = {
            "console, xterm": (console, "mail.example.com>", "xterm"),
            "console, dumb": (console, "mail.example.com> ", "dumb"),
            "bash -l": (["bash", "-l"], "$ " if os.getuid() else "# ", "dumb"),
            "python -c print": ([sys.executable, "-c", "print('ready>'); input()"], "ready>", "dumb"),
        }
        taken: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(RUNS):
            for name, (words, prompt, terminal) in cases.items():
                taken[name].append(seconds(words, prompt, terminal))
    found = {name: statistics.median(times) for name, times in taken.items()}
    print_table(
        ["To the prompt", "median s", "best s", "worst s"],
        [(n, f"{found[n]:.3f}", f"{min(t):.3f}", f"{max(t):.3f}") for n, t in taken.items()],
    )
    click.echo(f"Budget: {BUDGET} s.")
    if place is not None:
        place.write_text(json.dumps({"budget": BUDGET, "median": found, "runs": taken}, indent=2) + "\n")


if __name__ == "__main__":
    main()
