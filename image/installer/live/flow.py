"""The installation from the first question to the last word. Everything outside comes in through `System`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hwmgmt.models.catalogue import Catalogue
from hwmgmt.models.detect import Detected
from hwmgmt.size import format_size
from image.installer.live import disks, machine
from image.installer.live.answers import Answers
from image.installer.live.consoles import Consoles
from image.installer.live.disks import Disk, Needs
from image.installer.live.errors import BadDisk, Installed, NoBootEntry, NoDisk, NotOne
from image.installer.live.medium import Medium

EVERY = 0.2  # of a part, between two lines of progress


class System(Protocol):
    """The machine: what it is, its disks, and the one thing that changes it."""

    def detected(self) -> Detected: ...

    def disks(self) -> Sequence[Disk]: ...

    def holds(self, disk: Disk, medium: Medium) -> bool: ...

    def write(self, disk: Disk, medium: Medium, progress: Callable[[str, int, int], None]) -> None: ...

    def put_first(self, disk: Disk, medium: Medium) -> None: ...


@dataclass(frozen=True)
class Installation:
    """One attempt. `answers.serial` tells whether somebody is to be asked."""

    consoles: Consoles
    system: System
    medium: Medium
    answers: Answers
    models: Catalogue
    clock: Callable[[], float] = time.monotonic

    def run(self) -> Disk | None:
        """The disk that was installed on; None if who was asked does not want to.

        Raises the errors of `image.installer.live.errors`; those that are `Rejected` come before anything was written.
        """
        listed = self.medium.listed
        attended = self.answers.serial is None
        here = machine.judge(self.system.detected(), self.models, listed.need, attended=attended)
        self.consoles.say(f"\n  This machine: {here.name}\n    {here.because}")
        if here.doubt:
            self.consoles.say(f"  Attention: {here.doubt}\n  It may not run well, and is not supported.")
        needs = Needs(here.smallest, here.whose, here.virtual, self.medium.disk)
        disk = self._told(needs) if self.answers.serial is not None else self._chosen(needs)
        if disk is None:
            return None
        if not attended and self.system.holds(disk, self.medium):
            # It was restarted with the medium still in it: installing again would go on for ever.
            self.consoles.say(
                f"\n  Mailward {listed.version} is on {disk.name} already, and was not started yet."
            )
            return disk
        begun = self.clock()
        self.consoles.say(f"\n  Installing Mailward {listed.version} on {disk.name}. Do not switch off.")
        self.system.write(disk, self.medium, Report(self.consoles))
        self.consoles.say(
            f"\n  Mailward {listed.version} is on {disk.name}, and every byte was read back "
            f"({self.clock() - begun:.0f} s)."
        )
        try:
            self.system.put_first(disk, self.medium)
        except NoBootEntry as error:
            self.consoles.say(f"  Attention: {error}.\n  {error.hint()}.")
        return disk

    def _told(self, needs: Needs) -> Disk:
        """The disk with the serial number that was given beforehand. Raises `NotOne`, `BadDisk`, `Installed`."""
        serial = self.answers.serial or ""
        found = self.system.disks()
        named = disks.named(found, serial)
        if len(named) != 1:
            known = ", ".join(disk.serial for disk in found if disk.serial) or "(no disk has one)"
            raise NotOne(count=len(named) or "no", serial=serial, known=known)
        (disk,) = named
        if against := disks.objection(disk, needs):
            raise BadDisk(disk=disk.name, problem=against.problem, advice=against.advice)
        if disk.has_installation and not self.answers.replace:
            raise Installed(disk=disk.name)
        self._losses(disk)
        return disk

    def _chosen(self, needs: Needs) -> Disk | None:
        """Ask which disk, show what goes, and have it confirmed in words. None: not now. Raises `NoDisk`."""
        while True:
            found = self.system.disks()
            usable = [disk for disk in found if disks.objection(disk, needs) is None]
            self._list(found, usable, needs)
            if not usable:
                raise NoDisk(need=format_size(needs.smallest))
            answer = self.consoles.ask(
                "  On which disk shall Mailward be installed? Type its number, or q to leave."
            )
            if answer is None or answer.lower() == "q":
                return None
            if not (answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(usable)):
                self.consoles.say(f"  There is no disk {answer!r} in the list.")
                continue
            disk = usable[int(answer) - 1]
            self._losses(disk)
            phrase = f"erase {disk.name}"
            answer = self.consoles.ask(f"  To erase it and install, type exactly: {phrase}")
            if answer is not None and " ".join(answer.split()) == phrase:
                return disk
            self.consoles.say("  That was something else. Nothing was changed.")

    def _list(self, found: Sequence[Disk], usable: Sequence[Disk], needs: Needs) -> None:
        self.consoles.say("\n  Disks of this machine:")
        for disk in found:
            if disk in usable:
                self.consoles.say(f"    {usable.index(disk) + 1}  {disk.line()}")
            elif against := disks.objection(disk, needs):
                self.consoles.say(f"    -  {disk.line()}\n         {against.problem}. {against.advice}.")
        self.consoles.say()

    def _losses(self, disk: Disk) -> None:
        lost = disks.losses(disk)
        self.consoles.say(f"\n  This will be erased:\n    {disk.line()}")
        for line in lost:
            self.consoles.say(f"      {line}")
        if not lost:
            self.consoles.say("      It has no partitions.")
        if disk.has_installation:
            self.consoles.say(
                "  Attention: it has an installation of Mailward. Its mail and configuration go."
            )


class Report:
    """Progress in a few lines: a serial console has no use for more."""

    def __init__(self, consoles: Consoles) -> None:
        self._consoles = consoles
        self._said: tuple[str, int] = ("", 0)

    def __call__(self, what: str, done: int, total: int) -> None:
        share = int(done / total / EVERY)
        if (what, share) != self._said and share:
            self._consoles.say(f"    {what}: {share * EVERY:.0%}")
        self._said = (what, share)
