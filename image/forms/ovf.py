"""The OVF descriptor of a virtual model (DSP0243 1.1, namespace /1: importers hardly know OVF 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    AHCI = "ahci"

    @property
    def subtype(self) -> str:
        """What `rasd:ResourceSubType` calls it."""
        return {"pvscsi": "VirtualSCSI", "lsilogic": "lsilogic", "ahci": "AHCI"}[self]

    @property
    def type(self) -> int:
        """`rasd:ResourceType` (CIM): parallel SCSI, or "other storage device" for SATA."""
        return 20 if self is Controller.AHCI else 6


@dataclass(frozen=True, slots=True)
class Property:
    """Asked when the OVA is deployed. OVF allows no dot in a key, but one in its class: class, dot and key are the name
    that the guest sees, which is that of the credential in docs/images.md.
    """

    name: str
    label: str
    description: str
    secret: bool = False

    @property
    def class_(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def key(self) -> str:
        return self.name.rpartition(".")[2]


PROPERTIES = (
    Property("mailward.hostname", "Host name", "Fully qualified, such as mail.example.com."),
    Property("mailward.configuration", "First configuration", "config.xml in base64, on one line."),
    Property(
        "mailward.admin.password", "Password of admin, hashed", "As `openssl passwd -6` prints it.", True
    ),
    Property("mailward.admin.authorized-keys", "SSH keys of admin", "A line of authorized_keys."),
    Property("mailward.network.address", "Address", "With its prefix: 192.0.2.10/24. Empty: by DHCP."),
    Property("mailward.network.gateway", "Gateway", "Address of the default router."),
    Property("mailward.network.dns", "Name servers", "Addresses, with blanks between them."),
)


@dataclass(frozen=True, slots=True)
class Flavour:
    """What differs between the products that take an OVF. family: of the virtual hardware; with `{hardware}` in it if
    there are several. transport: how properties reach the guest. one_card: a single network card.
    """

    family: str
    card: str
    transport: str = ""
    vmware: bool = False
    one_card: bool = False


# The guest reads its properties from VMware Tools' guestinfo, or from a CD that the hypervisor attaches.
VMWARE = Flavour("vmx-{hardware}", "VmxNet3", "com.vmware.guestInfo iso", vmware=True)
# Vagrant wants its own NAT card first and adds the others itself.
VIRTUALBOX = Flavour("virtualbox-2.2", "E1000", one_card=True)


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
    flavour: Flavour = VMWARE,
) -> str:
    """The descriptor. Raises `UnsupportedModel`, `UnknownHardware`."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    template = environment.from_string((files("image.forms") / TEMPLATE).read_text("utf-8"))
    asked = properties if flavour.transport else ()
    classes = dict.fromkeys(item.class_ for item in asked)
    return template.render(
        model=model.name,
        version=version,
        family=flavour.family.format(hardware=known_hardware(hardware)),
        vmware=flavour.vmware,
        transport=flavour.transport,
        card=flavour.card,
        controller={"subtype": controller.subtype, "type": controller.type},
        cpus=model.cpus,
        memory_mib=model.memory_bytes >> 20,
        interfaces=[port.name for port in model.interfaces][: 1 if flavour.one_card else None],
        disk_name=disk.name,
        disk_file_bytes=disk.file_bytes,
        disk_bytes=disk.capacity,
        sections=[(name, [item for item in asked if item.class_ == name]) for name in classes],
    )
