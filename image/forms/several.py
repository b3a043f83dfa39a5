"""Several forms of one image, each made only if what it is made from has changed, and complete when it appears."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from hwmgmt.models.catalogue import catalogue
from hwmgmt.models.model import Model
from image import host, stamp
from image.command import CommandMissing
from image.forms import disk, form, ova, ovf, record, release, vagrant
from image.forms.disk import DiskFormat, Plan, Programs
from image.forms.form import Form
from image.forms.ovf import Controller
from image.forms.record import Record
from image.forms.request import CannotWrite
from image.forms.sign import Signer
from image.forms.vagrant import Provider
from mailward.progress import say, step

BUILD = "build"

# What decides how a disk is turned into a form; the disk itself counts by its digest.
CODE = ("image/forms", "hwmgmt/models", "mailward/version.py")


class InstallerMaker(Protocol):
    """Makes the installer's ISO; `image.installer.workshop.Workshop` does."""

    def file_name(self) -> str: ...

    def inputs(self) -> list[str]: ...

    def make(self, target: Path) -> None: ...


@dataclass(frozen=True)
class Order:
    """raw: the image that was built, of `version` and for the model called `model`. project: the checkout.

    signer: of the OVA. keys: the site's, whose release key signs releases.
    """

    raw: Path
    model: str
    version: str
    forms: Sequence[Form]
    output: Path
    project: Path
    hardware: int = ovf.DEFAULT_HARDWARE
    controller: Controller = Controller.PVSCSI
    signer: Signer | None = None
    keys: Path | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A finished file. form: `BUILD` if it belongs to the build itself. made: false if it was there already and nothing
    had changed.
    """

    form: str
    file: Path
    bytes: int
    sha256: str
    made: bool


@dataclass(frozen=True)
class Product:
    """A file to make. inputs: what it depends on besides the image. make: puts it at the path it is given."""

    form: Form
    name: str
    inputs: Sequence[str]
    make: Callable[[Path], object]


def check(name: str, forms: Sequence[Form], hardware: int) -> Model:
    """The model called `name`, which takes these forms: asked before anything is built.

    Raises what `Catalogue.get` and `form.check` raise, `UnknownHardware`, and `CommandMissing`.
    """
    models = catalogue()
    model = models.get(name)
    form.check(model, forms, models)
    ovf.known_hardware(hardware)
    if not form.FOR_ALL.issuperset(forms) and not shutil.which("qemu-img"):
        raise CommandMissing(program="qemu-img", package="qemu-utils")
    return model


def known_files(raw: Path, others: Sequence[Path]) -> list[File]:
    """The files that every build makes, with their digests, which are taken once. Raises `CannotWrite`."""
    found = []
    for path in (raw, *others):
        known = Record(path.parent)
        entry = known.current(path, "")
        made = entry is None
        try:
            entry = entry or known.put(path, "")
        except OSError as error:
            raise CannotWrite(file=path, reason=error.strerror or str(error)) from error
        found.append(File(Form.RAW if path == raw else BUILD, path, entry.size, entry.sha256, made))
    return found


def carry_out(order: Order, run: Programs, installer: InstallerMaker) -> list[File]:
    """Make what is not there yet. Raises what `check` and the makers raise, and `CannotWrite`."""
    model = check(order.model, order.forms, order.hardware)
    known = Record(order.output)
    image = known.digest(order.raw).sha256
    finished = []
    for product in products(order, model, run, installer):
        target = order.output / product.name
        inputs = record.combine(image, product.form, *product.inputs)
        entry = known.current(target, inputs)
        made = entry is None
        if entry is None:
            with step(f"Making {product.name}"):
                try:
                    _make(product, target)
                    entry = known.put(target, inputs)
                except OSError as error:
                    raise CannotWrite(file=target, reason=error.strerror or str(error)) from error
        else:
            say(f"{product.name}: nothing has changed")
        finished.append(File(product.form, target, entry.size, entry.sha256, made))
    if Form.RELEASE in order.forms:
        finished += publish(order, image)
    return finished


def publish(order: Order, image: str, make: Callable[[Path, str, Path], Path] = release.make) -> list[File]:
    """The files of the release directory. Raises what `release.make` raises, `NeedsKeys` and `CannotWrite`."""
    if order.keys is None:
        raise release.NeedsKeys()
    folder = order.output / release.FOLDER / order.version
    # What is published never changes; of the same image it need not be made again, of another one it is refused.
    mark = record.combine(image, str(order.keys))
    sums = folder / release.SUMS
    made = not sums.is_file() or Record(folder.parent).current(sums, mark) is None
    if made:
        with step(f"Making the release {order.version}"):
            make(order.output, order.version, order.keys)
    else:
        say(f"{release.FOLDER}/{order.version}: nothing has changed")
    try:
        Record(folder.parent).put(sums, mark)
        entries = [(file, record.sha256(file)) for file in sorted(folder.iterdir())]
    except OSError as error:
        raise CannotWrite(file=folder, reason=error.strerror or str(error)) from error
    return [File(Form.RELEASE, file, file.stat().st_size, digest, made) for file, digest in entries]


def _make(product: Product, target: Path) -> None:
    # A folder of its own beside the target: makers put the final name into what they make.
    work = target.with_name(f".{target.name}.making")
    host.remove(work)
    work.mkdir(parents=True)
    try:
        product.make(work / target.name)
        (work / target.name).rename(target)
    finally:
        host.remove(work)


def products(order: Order, model: Model, run: Programs, installer: InstallerMaker) -> Iterator[Product]:
    """What is to be made, in the order asked for. The raw image is there already."""
    code = stamp.digest(order.project, [str(order.hardware)], inputs=CODE)
    stem = f"mailward-{model.name}-{order.version}"

    def plan(target: Path, kind: DiskFormat = DiskFormat.VMDK) -> Plan:
        size = disk.size_for(model, kind)
        disk.check_source(order.raw, size, model.name)
        return Plan(order.raw, target, kind, size, order.hardware)

    def convert(kind: DiskFormat, target: Path) -> None:
        disk.convert(plan(target, kind), run)

    def pack(target: Path) -> None:
        ova.make(
            model,
            plan(target),
            run,
            version=order.version,
            controller=order.controller,
            signer=order.signer,
        )

    def box(provider: Provider, target: Path) -> None:
        vagrant.make(model, plan(target), provider, run, version=order.version)

    for wanted in order.forms:
        match wanted:
            case Form.QCOW2 | Form.VHDX | Form.VMDK:
                make = partial(convert, DiskFormat(wanted))
                yield Product(wanted, f"{stem}.{wanted}", [model.name, code], make)
            case Form.OVA:
                signed = order.signer.fingerprint() if order.signer else ""
                yield Product(wanted, f"{stem}.ova", [model.name, code, order.controller, signed], pack)
            case Form.VAGRANT_BOX:
                for provider in Provider:
                    name = f"{stem}-{provider}.box"
                    yield Product(wanted, name, [model.name, code, provider], partial(box, provider))
            case Form.INSTALLER:
                # One medium for all models: the machine it starts on says which it is.
                yield Product(wanted, installer.file_name(), installer.inputs(), installer.make)
            case Form.RAW | Form.RELEASE:
                pass
