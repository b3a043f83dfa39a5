"""What partitions and kernel images say together: pure, from values read before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from hwmgmt.reading import Reading
from mailward.version import BadVersion, Version
from upgrade.slots import gpt
from upgrade.slots.gpt import Partition
from upgrade.slots.protocol import Content, Slot, SlotSurvey, Standing

EMPTY = "_empty"

_UKI = re.compile(
    r"mailward_(?P<version>[0-9.]+-[0-9]{3})(?:\+(?P<left>[0-9]{1,3})(?:-(?P<done>[0-9]{1,3}))?)?\.efi"
)


@dataclass(frozen=True, slots=True)
class KernelImage:
    """A file of EFI/Linux. `left` and `done` are None if its name has no boot counter."""

    name: str
    version: Version
    left: int | None
    done: int | None
    root_hash: str

    @property
    def standing(self) -> Standing:
        if self.left is None:
            return Standing.BLESSED
        return Standing.TRIAL if self.left else Standing.BAD


def file_name(version: Version, left: int | None = None, done: int = 0) -> str:
    """As systemd-boot reads it (Automatic Boot Assessment)."""
    return f"mailward_{version}.efi" if left is None else f"mailward_{version}+{left}-{done}.efi"


def parse_name(name: str) -> tuple[Version, int | None, int | None] | None:
    """Version, tries left, tries done; None for a file that is not a kernel image of ours."""
    match = _UKI.fullmatch(name)
    if not match:
        return None
    try:
        version = Version.parse(match["version"])
    except BadVersion:
        return None
    if match["left"] is None:
        return version, None, None
    return version, int(match["left"]), int(match["done"] or 0)


def survey(partitions: Iterable[Partition], kernels: Iterable[KernelImage], running_root: UUID) -> SlotSurvey:
    """Both slots. `running_root` is the UUID of the root partition that is mounted at /.

    A slot's content is whole only if its label is a version, its two partitions agree, and a kernel image with the
    root hash that they spell is there.
    """
    images = list(kernels)
    roots = [part for part in partitions if part.kind == gpt.ROOT]
    verities = [part for part in partitions if part.kind == gpt.ROOT_VERITY]
    problems = []
    if len(roots) != 2 or len(verities) != 2:
        problems.append(
            f"there are {len(roots)} root and {len(verities)} hash tree partitions instead of two of each"
        )
    by_version: dict[Version, list[KernelImage]] = {}
    for image in images:
        by_version.setdefault(image.version, []).append(image)
    for version, several in by_version.items():
        if len(several) > 1:
            names = ", ".join(sorted(image.name for image in several))
            problems.append(
                f"{version} has {len(several)} kernel images, {names}: the boot loader could take either"
            )
    slots = [
        _slot("AB"[at] if at < 2 else str(at + 1), root, verity, by_version, root.uuid == running_root)
        for at, (root, verity) in enumerate(zip(roots, verities, strict=False))
    ]
    running = next((slot for slot in slots if slot.running), None)
    other = next((slot for slot in slots if not slot.running), None)
    if running is None:
        problems.append("the running system is in neither slot")
        running = Slot("?", True, Content.EMPTY)
    labels = [slot.version for slot in slots if slot.version]
    if len(set(labels)) != len(labels):
        problems.append(f"both slots hold {labels[0]}")
    return SlotSurvey(running, other or Slot("?", False, Content.EMPTY), tuple(problems))


def _slot(
    name: str,
    root: Partition,
    verity: Partition,
    images: Mapping[Version, list[KernelImage]],
    running: bool,
) -> Slot:
    if root.label == EMPTY and verity.label == EMPTY:
        return Slot(name, running, Content.EMPTY, label=root.label)
    version = _version_of(root.label)
    if version is None or verity.label != root.label:
        return Slot(name, running, Content.PARTIAL, label=root.label)
    root_hash = root.uuid.hex + verity.uuid.hex
    image = next((one for one in images.get(version, ()) if one.root_hash == root_hash), None)
    if image is None:
        return Slot(name, running, Content.PARTIAL, label=root.label)
    return Slot(
        name,
        running,
        Content.WHOLE,
        version,
        root.label,
        image.name,
        image.standing,
        image.left,
        image.done,
        root_hash,
    )


def foreign_start(running: Slot, selected: Reading[str]) -> str:
    """Why the boot counter says nothing about the system that runs; empty if it does.

    After a kexec the firmware's variable is of another entry: what would be blessed then is not what was tried.
    """
    if selected.value is None:
        return f"which entry the boot loader started is not known ({selected.reason}: {selected.detail})"
    entry = parse_name(selected.value)
    if entry is None or entry[0] != running.version:
        return f"the boot loader started {selected.value}, but {running.version} runs: it was not restarted as usual"
    return ""


def _version_of(label: str) -> Version | None:
    if not label.startswith(Version.LABEL_PREFIX):
        return None
    try:
        return Version.parse(label.removeprefix(Version.LABEL_PREFIX))
    except BadVersion:
        return None
