"""Run as a program in a pty: the console of one user over a folder, as `mailward console` puts it together.

python -m tests.gateway.console.at_terminal FOLDER [ROLE [IDLE-SECONDS]]
"""

import sys
from pathlib import Path

from gateway.config.elements.roles import Role
from gateway.console.cli import screen_for
from gateway.console.completion import CommandCompleter
from gateway.console.dispatch import Dispatcher
from gateway.console.errors import LoggedOut
from gateway.console.opening import seen
from gateway.console.roles import RIGHTS
from gateway.console.shell import Shell
from tests.gateway.console.scripted import Console


def main(root: Path, role: Role, idle: float) -> None:
    console = Console(root, role)
    screen = screen_for(lambda: CommandCompleter(tuple(RIGHTS[role])), root / "history" / "alice", idle)
    dispatcher = Dispatcher(console.who, console.desk, screen.write, console.audit.append)
    try:
        Shell(screen, dispatcher, lambda: seen(root / "configuration")).run()
    except LoggedOut as end:
        print(end.why or "logged out")


if __name__ == "__main__":
    words = sys.argv[1:]
    main(
        Path(words[0]),
        Role(words[1]) if len(words) > 1 else Role.ADMINISTRATOR,
        float(words[2]) if len(words) > 2 else 60,
    )
