"""A person at the appliance's serial line: reads what is on the screen, presses a key at its foot, and types."""

from __future__ import annotations

import re
import time

from image.qemu.console import Console, ConsoleSilent, clean

MORE = "-Press Any Key For More-"
# Where somebody is waited for: a question's brackets, the console's prompt, login. Not the arrow of a change. Over the
# blank behind its prompt the console's line editor moves the cursor.
_STOP = rf"{MORE}|(?<!-)>(?: |(?=[\x08\x1b]))|(?:login|Password): "


class Person:
    """`seconds`: how long anything may take until the person gives up."""

    def __init__(self, console: Console, seconds: float = 120) -> None:
        self.console = console
        self.seconds = seconds

    def sees(self, *wanted: str, end: str = ">", seconds: float | None = None) -> str:
        """What is shown until all of `wanted` have been, and then somebody is waited for with `end`.

        Raises `ConsoleSilent`.
        """
        limit = time.monotonic() + (seconds or self.seconds)
        shown = ""
        while not (shown.rstrip().endswith(end) and all(text in shown for text in wanted)):
            left = limit - time.monotonic()
            if left <= 0:
                raise ConsoleSilent(
                    wanted=" … ".join((*wanted, end)), seconds=seconds, last=shown, log=self.console.log
                )
            # Without \A a boot's worth of text would be gone through from each of its letters.
            shown += clean(self.console.expect(rf"\A[\s\S]*?(?:{_STOP})", left)[0])
            if shown.endswith(MORE):
                shown = re.sub(rf" *{MORE}$", "", shown)
                self.console.press(" ")
        return shown

    def answers(self, question: str, answer: str = "", *, seconds: float | None = None) -> str:
        """Wait for a question, type the answer (blank: the default)."""
        shown = self.sees(question, seconds=seconds)
        self.console.send(answer)
        return shown
