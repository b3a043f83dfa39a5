"""Begin and end of the installer."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hwmgmt.models.catalogue import catalogue
from image.installer.live import answers, consoles, medium
from image.installer.live.answers import Answers, End
from image.installer.live.consoles import Consoles
from image.installer.live.flow import Installation
from image.installer.live.medium import Medium
from image.installer.live.system import ThisMachine
from mailward.errors import ExitStatus, MailwardError, Rejected

GRACE = 20.0  # seconds to read the last words in, when nobody is there to be asked
COMMANDS = {End.POWEROFF: "poweroff", End.REBOOT: "reboot"}
NOTHING_CHANGED = "Nothing was changed on any disk."


def main() -> int:
    """Install, and end in a restart or with the power off. Returns only when that is under way."""
    screen = consoles.open_all()
    Path("/proc/sys/kernel/printk").write_text(
        "1\n"
    )  # the kernel's messages are in its log, not in our questions
    screen.say("\n\n  Mailward installer")
    told = Answers()
    try:
        told = answers.read()
        screen.say("  Looking for the installation medium...")
        found = medium.find(told.pinned)
        screen.say(f"  Release {found.listed.version}, from {found.disk}")
        disk = Installation(screen, ThisMachine(), found, told, catalogue()).run()
    except MailwardError as error:
        screen.frame(sorry(error))
        return leave(screen, _ask_how(screen))
    if disk is None:
        screen.say(f"  {NOTHING_CHANGED}")
        return leave(screen, _ask_how(screen))
    return leave(screen, _after_success(screen, told, found))


def sorry(error: MailwardError) -> str:
    """What happened, what that means for the disk, and what to do."""
    lines = ["Mailward was not installed.", f"{error.explain()}."]
    if isinstance(error, Rejected):
        lines.append(NOTHING_CHANGED)
    if hint := error.hint():
        lines.append(f"What to do: {hint}.")
    return "\n".join(lines)


def _after_success(screen: Consoles, told: Answers, found: Medium) -> End:
    medium.release(found)
    screen.frame("Mailward is installed.\nRemove the installation medium now: CD, USB stick or remote media.")
    if told.serial is None:
        return _ask_how(screen)
    words = {End.POWEROFF: "Switching off", End.REBOOT: "Restarting"}
    answer = screen.ask(
        f"  {words[told.end]} in {GRACE:.0f} seconds. Press Enter to restart now, or type p to switch off.",
        seconds=GRACE,
    )
    return told.end if answer is None else _how(answer)


def _ask_how(screen: Consoles) -> End:
    """Waits for ever: a message is there to be seen, and starting again would only come to the same end."""
    answer = screen.ask("  Press Enter to restart, or type p and Enter to switch off.")
    return End.POWEROFF if answer is None else _how(answer)


def _how(answer: str) -> End:
    return End.POWEROFF if answer.lower().startswith("p") else End.REBOOT


def leave(screen: Consoles, end: End) -> int:
    screen.say(f"  {'Switching off' if end is End.POWEROFF else 'Restarting'}...")
    return (
        ExitStatus.OK if subprocess.call(["systemctl", COMMANDS[end], "--force"]) == 0 else ExitStatus.FAILED
    )
