"""The OVF descriptor of a virtual model (DSP0243 1.1, namespace /1: importers hardly know OVF 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.resources import files

from hwmgmt.models.model import Model
from mailward.errors import BadInput

TEMPLATE = "appliance.ovf.j2"

# Hardware family -> the ESXi it came with. EFI with Secure Boot needs 13; 15 is what 6.7 U2 and later take.
HARDWARE = {
    13: "6.5",
    14: "6.7",
    15: "6.7 U2",
    17: "7.0",
    18: "7.0 U1",
    19: "7.0 U2",
    20: "8.0",
    21: "8.0 U2",
}
DEFAULT_HARDWARE = 15


class Controller(StrEnum):
    """Of the disk. PVSCSI is the quicker one; LSI Logic is known to VirtualBox too."""

    PVSCSI = "pvscsi"
    LSILOGIC = "lsilogic"

    @property
    def subtype(self) -> str:
        """What `rasd:ResourceSubType` calls it."""
        return {Controller.PVSCSI: "VirtualSCSI", Controller.LSILOGIC: "lsilogic"}[self]


@dataclass(frozen=True, slots=True)
class Property:
    """Asked when the OVA is deployed. Its name in the guest is `mailward.` and the key; OVF allows no dot in one."""

    key: str
    label: str
    description: str


# The credentials of docs/images.md.
PROPERTIES = (
    Property("admin-password", "Password of admin, hashed", "As `openssl passwd -6` prints it."),
    Property("admin-authorized-keys", "SSH keys of admin", "A line of authorized_keys."),
    Property("configuration", "First configuration", "config.xml in base64, on one line."),
)


class UnknownHardware(BadInput):
    key = "image.forms.hardware"
    sentence = "vmx-{hardware} is not a hardware family that this image can have"
    remedy = "Choose one of {known}"


@dataclass(frozen=True, slots=True)
class DiskFile:
    """name: of the VMDK. file_bytes: its size. capacity: of the disk in it, bytes."""

    name: str
    file_bytes: int
    capacity: int


def known_hardware(hardware: int) -> int:
    """Raises `UnknownHardware`."""
    if hardware not in HARDWARE:
        raise UnknownHardware(hardware=hardware, known=", ".join(map(str, HARDWARE)))
    return hardware


def render(
    model: Model,
    disk: DiskFile,
    *,
    version: str,
    hardware: int = DEFAULT_HARDWARE,
    controller: Controller = Controller.PVSCSI,
    properties: Sequence[Property] = PROPERTIES,
) -> str:
    """The descriptor. Raises `UnsupportedModel`, `UnknownHardware`."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    template = environment.from_string((files("image.forms") / TEMPLATE).read_text("utf-8"))
    return template.render(
        model=model.name,
        version=version,
        hardware=known_hardware(hardware),
        controller=controller.subtype,
        cpus=model.cpus,
        memory_mib=model.memory_bytes >> 20,
        interfaces=[port.name for port in model.interfaces],
        disk_name=disk.name,
        disk_file_bytes=disk.file_bytes,
        disk_bytes=disk.capacity,
        properties=[asdict(item) for item in properties],
    )
