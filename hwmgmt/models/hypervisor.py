"""Which hypervisor, if any, this machine runs under.

The questions are those of systemd-detect-virt, asked of files instead of a program: SMBIOS strings,
/sys/hypervisor, and the processor flag that every x86 hypervisor sets. The flag alone tells a guest whose
SMBIOS strings were set to a server's, as in our own boot test.
"""

from __future__ import annotations

from enum import StrEnum

from hwmgmt.models.facts import Facts
from hwmgmt.reading import Reading, Reason, known, missing


class Hypervisor(StrEnum):
    NONE = "none"
    VMWARE = "vmware"
    KVM = "kvm"  # QEMU with or without KVM: nobody here needs to tell them apart
    HYPERV = "hyper-v"
    XEN = "xen"
    VIRTUALBOX = "virtualbox"
    AWS = "aws"
    GOOGLE = "google"
    OTHER = "other"


# (SMBIOS field, how it begins, hypervisor); the first that fits wins, so clouds stand before what they are
# built on.
_SMBIOS: tuple[tuple[str, str, Hypervisor], ...] = (
    ("sys_vendor", "Amazon EC2", Hypervisor.AWS),
    ("bios_vendor", "Amazon EC2", Hypervisor.AWS),
    ("product_name", "Google Compute Engine", Hypervisor.GOOGLE),
    ("sys_vendor", "VMware", Hypervisor.VMWARE),
    ("product_name", "VMware", Hypervisor.VMWARE),
    ("bios_vendor", "VMW", Hypervisor.VMWARE),
    ("product_name", "VirtualBox", Hypervisor.VIRTUALBOX),
    ("sys_vendor", "innotek GmbH", Hypervisor.VIRTUALBOX),
    ("sys_vendor", "Xen", Hypervisor.XEN),
    ("bios_vendor", "Xen", Hypervisor.XEN),
    ("sys_vendor", "QEMU", Hypervisor.KVM),
    ("product_name", "KVM", Hypervisor.KVM),
    ("product_name", "Standard PC", Hypervisor.KVM),
    ("sys_vendor", "Red Hat", Hypervisor.KVM),
    ("sys_vendor", "oVirt", Hypervisor.KVM),
    ("sys_vendor", "Nutanix", Hypervisor.KVM),
    ("product_name", "OpenStack", Hypervisor.KVM),
    ("chassis_vendor", "QEMU", Hypervisor.KVM),
    ("bios_vendor", "SeaBIOS", Hypervisor.KVM),
    ("sys_vendor", "Bochs", Hypervisor.OTHER),
    ("sys_vendor", "Parallels", Hypervisor.OTHER),
    ("sys_vendor", "BHYVE", Hypervisor.OTHER),
)


def detect_hypervisor(facts: Facts) -> Reading[Hypervisor]:
    """The hypervisor; `NONE` on bare metal. The detail names the fact that decided."""
    vendor, product = facts.smbios("sys_vendor"), facts.smbios("product_name")
    # Microsoft's own computers carry the vendor too; only its guests are a "Virtual Machine".
    if vendor == "Microsoft Corporation" and product == "Virtual Machine":
        return known(Hypervisor.HYPERV, detail=f"SMBIOS {vendor} {product}")
    for field, start, hypervisor in _SMBIOS:
        if facts.smbios(field).startswith(start):
            return known(hypervisor, detail=f"SMBIOS {field} {facts.smbios(field)}")
    if facts.xen.value is not None:
        return known(Hypervisor.XEN, detail=f"/sys/hypervisor/type {facts.xen.value}")
    if facts.cpu_flags.value is None:
        return missing(facts.cpu_flags.reason, facts.cpu_flags.detail)
    if "hypervisor" in facts.cpu_flags.value:
        return known(Hypervisor.OTHER, detail="processor flag hypervisor")
    if not vendor and not product:
        return missing(Reason.ABSENT, "no SMBIOS strings and no hypervisor flag")
    return known(Hypervisor.NONE, detail="no hypervisor flag")
