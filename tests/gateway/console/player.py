"""Run as a program in a pty: all scenarios one after the other, each at a real terminal and on a machine of its own.

python -m tests.gateway.console.player FOLDER
"""

import sys
from pathlib import Path

from gateway.console.cli import screen_for
from gateway.console.completion import CommandCompleter
from gateway.console.dispatch import Dispatcher
from gateway.console.errors import LoggedOut
from gateway.console.roles import Right
from gateway.console.shell import Shell, prompt_of
from tests.gateway.console.scenarios import SCENARIOS, prepared


def main(folder: Path) -> None:
    screen = screen_for(lambda: CommandCompleter(tuple(Right)), folder / "history", 60)
    for scenario in SCENARIOS:
        console = prepared(scenario, folder / scenario.command)
        shell = Shell(
            screen, Dispatcher(console.who, console.desk, screen.write, console.audit.append), console.seen
        )
        print(f"=== {scenario.command}", flush=True)
        line = screen.line(prompt_of(console.seen()))
        try:
            shell.one(line)
        except LoggedOut as end:
            screen.write(end.why)
    print("=== end", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
