"""The slots of this machine: `upgrade.slots.protocol.Slots` on a real disk.

systemd-sysupdate writes; what it may write has been checked before, and what it wrote is read back before the boot
loader hears of it. That is why installing has two calls of it: first root and hash tree, then the kernel image.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from uuid import UUID

from hwmgmt.models.detect import detect
from hwmgmt.reading import Reading
from mailward.errors import MailwardError, Rejected
from mailward.version import Version
from upgrade.catalogue.document import Verifier
from upgrade.catalogue.release import Release
from upgrade.preflight import slot as loader
from upgrade.preflight.machine import find_esp
from upgrade.publish import folder
from upgrade.slots import gpt, survey
from upgrade.slots.disk import Disk
from upgrade.slots.esp import Esp
from upgrade.slots.protocol import Content, FetchedRelease, Progress, SlotSurvey, Standing
from upgrade.slots.survey import KernelImage
from upgrade.slots.tools import VERIFIED, ProgramFailed, SystemTools, Tools

TRIES = 2  # one for the release, one for a power cut in the middle of its first boot; also in 10-uki.transfer


class Refused(Rejected):
    key = "upgrade.slot.refused"
    sentence = "{version} is not installed: {problem}"
    remedy = "{advice}"


class NoSuchSlot(Rejected):
    key = "upgrade.slot.version"
    sentence = "no slot holds {version}"
    remedy = "`mailward upgrade slots` shows what is there"


class RunningSlot(Rejected):
    key = "upgrade.slot.running"
    sentence = "{version} is not removed: it runs"
    remedy = "Go back to the other slot first"


class _Disk(Protocol):
    @property
    def device(self) -> Path: ...
    def partitions(self) -> tuple[gpt.Partition, ...]: ...
    def running_uuid(self) -> UUID: ...
    def node(self, partition: gpt.Partition) -> Path: ...


class _Esp(Protocol):
    def kernels(self) -> tuple[KernelImage, ...]: ...
    def rename(self, image: KernelImage, left: int | None, done: int = 0) -> None: ...
    def remove(self, name: str) -> None: ...
    def clean(self) -> None: ...
    def place(self, name: str) -> Path: ...


class MachineSlots:
    """Fits `Slots`.

    `selected` reads which entry the boot loader started. `models` are those this machine may be; none: it is not known.
    """

    def __init__(
        self,
        verifier: Verifier,
        disk: _Disk,
        esp: _Esp,
        tools: Tools,
        *,
        verified: Path = VERIFIED,
        selected: Callable[[], Reading[str]] | None = None,
        models: Collection[str] = (),
    ) -> None:
        self._verifier = verifier
        self._disk = disk
        self._esp = esp
        self._tools = tools
        self._verified = verified
        self._selected = selected
        self._models = models

    @classmethod
    def here(cls, verifier: Verifier) -> MachineSlots:
        """Of the system that runs. Raises `NotOnSlots`."""

        esp = find_esp(Path("/"))

        def selected() -> Reading[str]:
            return loader.read_boot(Path("/"), esp).selected

        return cls(
            verifier,
            Disk.running(),
            Esp(Path(esp)),
            SystemTools(),
            selected=selected,
            models=detect().candidates,
        )

    def survey(self) -> SlotSurvey:
        found = survey.survey(self._disk.partitions(), self._esp.kernels(), self._disk.running_uuid())
        if self._selected is None:
            return found
        problem = survey.foreign_start(found.running, self._selected())
        return replace(found, problems=(*found.problems, problem)) if problem else found

    def install(self, release: FetchedRelease, progress: Progress) -> None:
        refuse(self.survey(), release.version)
        published = folder.read(release.folder, self._verifier)
        if published.version != release.version:
            raise Refused(
                version=release.version,
                problem=f"{release.folder} holds {published.version}",
                advice="Fetch it again",
            )
        refuse_release(published.release, self.survey().running.version, self._models)
        self._check_files(published, progress)
        with self._offering(published):
            self._empty_free()
            progress(f"writing {release.version}", 0, 2)
            self._tools.sysupdate("root", release.version)
            self._read_back(published, progress)
            progress(f"writing {release.version}", 1, 2)
            self._tools.sysupdate("boot", release.version)
            progress(f"writing {release.version}", 2, 2)
        self._check_kernel(published)

    def _check_files(self, published: folder.Published, progress: Progress) -> None:
        sizes = {name: (published.folder / name).stat().st_size for name in published.sums}
        done, total = 0, sum(sizes.values())
        for name, expected in sorted(published.sums.items()):
            progress(f"checking {name}", done, total)
            folder.check(published.folder / name, expected)
            done += sizes[name]
        progress("checking the release", total, total)

    @contextmanager
    def _offering(self, published: folder.Published) -> Iterator[None]:
        """The checked files, and nothing else, where the definitions look; gone again afterwards.

        Unpacked: systemd 257 knows other ways to pack, and writes a file that is packed by zstd as it is.
        """
        shutil.rmtree(self._verified, ignore_errors=True)
        self._verified.mkdir(parents=True, mode=0o700)
        try:
            for name in (published.parts.root, published.parts.verity):
                self._tools.unpack(published.folder / name, self._verified / name.removesuffix(".zst"))
            os.link(published.folder / published.parts.uki, self._verified / published.parts.uki)
            yield
        finally:
            shutil.rmtree(self._verified, ignore_errors=True)

    def _read_back(self, published: folder.Published, progress: Progress) -> None:
        partitions = {part.uuid: part for part in self._free()}
        parts = published.parts
        for name, uuid, kind in (
            (parts.root, parts.root_uuid, gpt.ROOT),
            (parts.verity, parts.verity_uuid, gpt.ROOT_VERITY),
        ):
            partition = partitions.get(uuid)
            if partition is None or partition.kind != kind:
                raise ProgramFailed(
                    program="systemd-sysupdate", status=0, words=f"no free partition became {uuid}"
                )
            try:
                self._tools.compare(
                    published.folder / name, self._disk.node(partition), partition.size, progress
                )
            except MailwardError:
                self._tools.label(self._disk.device, partition.number, survey.EMPTY)
                raise

    def _check_kernel(self, published: folder.Published) -> None:
        image = self._kernel(published.version)
        try:
            folder.check(self._esp.place(image.name), published.sums[published.parts.uki])
        except MailwardError:
            self._esp.remove(image.name)
            raise

    def _kernel(self, version: Version) -> KernelImage:
        for image in self._esp.kernels():
            if image.version == version:
                return image
        raise NoSuchSlot(version=version)

    def prefer(self, version: Version) -> None:
        found = self.survey()
        slot = found.find(version)
        if slot is None:
            raise NoSuchSlot(version=version)
        other = found.other if slot is found.running else found.running
        if slot.standing is Standing.BAD:
            self._esp.rename(self._kernel(version), TRIES)
        if other.version is not None and other.bootable and other.version > version:
            self.mark_bad(other.version)

    def mark_bad(self, version: Version) -> None:
        image = self._kernel(version)
        self._esp.rename(image, 0, max(image.done or 0, 1))

    def bless(self) -> None:
        running = self.survey().running
        if running.version is None:
            raise NoSuchSlot(version="what runs")
        self._esp.rename(self._kernel(running.version), None)

    def remove(self, version: Version) -> None:
        found = self.survey()
        if found.running.version == version:
            raise RunningSlot(version=version)
        if found.other.version != version:
            raise NoSuchSlot(version=version)
        self._empty_free()

    def _empty_free(self) -> None:
        """Kernel images first, but for the running one: a slot whose content is going must not be bootable any more.

        Always, and whatever is there: systemd-sysupdate leaves out what it takes for installed already.
        """
        running = self.survey().running
        for image in self._esp.kernels():
            if image.name != running.uki:
                self._esp.remove(image.name)
        self._esp.clean()
        for part in self._free():
            if part.label != survey.EMPTY:
                self._tools.label(self._disk.device, part.number, survey.EMPTY)

    def _free(self) -> tuple[gpt.Partition, gpt.Partition]:
        """Root and hash tree of the slot that does not run."""
        running = self._disk.running_uuid()
        parts = self._disk.partitions()
        roots = [part for part in parts if part.kind == gpt.ROOT]
        at = next(number for number, part in enumerate(roots) if part.uuid != running)
        return roots[at], [part for part in parts if part.kind == gpt.ROOT_VERITY][at]

    @contextmanager
    def mounted_root(self, version: Version) -> Iterator[Path]:
        slot = self.survey().find(version)
        if slot is None:
            raise NoSuchSlot(version=version)
        if slot.running:
            yield Path("/")
            return
        root, verity = map(self._disk.node, self._free())
        with self._tools.open_root(root, verity, slot.root_hash) as place:
            yield place


def refuse_release(release: Release, running: Version | None, models: Collection[str]) -> None:
    """By what the signed document says, whatever led here. Raises `Refused`.

    Which sources a release can be installed over is the planner's to say (U1); hardware is looked at again (U5).
    """
    if running is not None and release.id < running:
        raise Refused(
            version=release.id,
            problem=f"it is older than {running}, which runs",
            advice="To go back to what ran before, revert; it is still in the other slot",
        )
    reasons = [release.refuses_model(model) for model in models]
    if reasons and all(reasons):
        raise Refused(
            version=release.id,
            problem=reasons[0],
            advice="Choose a release for this model; see docs/upgrade.md",
        )


def refuse(found: SlotSurvey, version: Version) -> None:
    """The traps: raises `Refused` if installing now could leave the machine without a way to boot."""
    running = found.running
    if found.problems:
        raise Refused(
            version=version,
            problem="; ".join(found.problems),
            advice="`bootctl list` and `mailward upgrade slots` show more",
        )
    if running.content is not Content.WHOLE or not running.blessed:
        raise Refused(
            version=version,
            problem=f"{running.version} runs and is {running.standing.value}: only a blessed one can be fallen back to",
            advice="Wait until the health check after the last upgrade is over; `mailward upgrade status` tells",
        )
    if running.version == version:
        raise Refused(version=version, problem="it is what runs", advice="There is nothing to do")
