"""The forms in which one image is delivered, and which models take which. Pure; asked before anything is built."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from hwmgmt.models.catalogue import Catalogue
from hwmgmt.models.model import Model, ModelKind
from image.forms import disk
from mailward.errors import BadInput


class Form(StrEnum):
    RAW = "raw"
    INSTALLER = "installer"
    QCOW2 = "qcow2"
    VHDX = "vhdx"
    VMDK = "vmdk"
    OVA = "ova"
    VAGRANT_BOX = "vagrant-box"
    RELEASE = "release"


# What a machine takes as well as a virtual model: the rest is a virtual disk of the model's size.
FOR_ALL = frozenset({Form.RAW, Form.INSTALLER, Form.RELEASE})


class UnknownForm(BadInput):
    key = "image.forms.unknown"
    sentence = "there is no form {name!r}"
    remedy = "Choose among {known}"


def parse(words: Iterable[str]) -> tuple[Form, ...]:
    """The forms asked for, each once, in the order asked: "ova,qcow2" is two. Raises `UnknownForm`."""
    found: dict[Form, None] = {}
    for name in (name.strip().lower() for word in words for name in word.split(",")):
        if name not in list(Form):
            raise UnknownForm(name=name, known=", ".join(Form))
        found[Form(name)] = None
    return tuple(found)


def check(model: Model, forms: Iterable[Form], models: Catalogue) -> None:
    """Raises `NotVirtual` for a machine's virtual disk, `OverLimit` for one over 2 TB (U7), `UnsupportedModel` (U5)."""
    virtual = [item.name for item in models.supported() if item.kind is ModelKind.VIRTUAL]
    model.need()
    for form in forms:
        if form not in FOR_ALL:
            disk.size_for(model, form, virtual=virtual)
