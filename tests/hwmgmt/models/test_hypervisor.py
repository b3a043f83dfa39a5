from pathlib import Path

import pytest

from hwmgmt.models.facts import read_facts
from hwmgmt.models.hypervisor import Hypervisor, detect_hypervisor
from hwmgmt.reading import Reason
from tests.hwmgmt.machine import Machine, ucs_m5


@pytest.mark.parametrize(
    ("strings", "hypervisor"),
    [
        ({"sys_vendor": "VMware, Inc.", "product_name": "VMware7,1"}, Hypervisor.VMWARE),
        ({"sys_vendor": "QEMU", "product_name": "Standard PC (Q35 + ICH9, 2009)"}, Hypervisor.KVM),
        ({"sys_vendor": "Microsoft Corporation", "product_name": "Virtual Machine"}, Hypervisor.HYPERV),
        ({"sys_vendor": "Xen", "product_name": "HVM domU"}, Hypervisor.XEN),
        ({"sys_vendor": "innotek GmbH", "product_name": "VirtualBox"}, Hypervisor.VIRTUALBOX),
        ({"sys_vendor": "Amazon EC2", "product_name": "m5.large"}, Hypervisor.AWS),
        ({"sys_vendor": "Google", "product_name": "Google Compute Engine"}, Hypervisor.GOOGLE),
        ({"sys_vendor": "Acme"}, Hypervisor.OTHER),
    ],
)
def test_a_guest_knows_its_host(tmp_path: Path, strings: dict[str, str], hypervisor: Hypervisor) -> None:
    Machine(tmp_path).dmi(**strings).cpus(1, 2, guest=True)
    assert detect_hypervisor(read_facts(tmp_path)).value is hypervisor


def test_bare_metal(tmp_path: Path) -> None:
    ucs_m5(tmp_path)
    assert detect_hypervisor(read_facts(tmp_path)).value is Hypervisor.NONE


def test_microsofts_own_computers_are_no_guests(tmp_path: Path) -> None:
    Machine(tmp_path).dmi(sys_vendor="Microsoft Corporation", product_name="Surface Pro").cpus(1, 4)
    assert detect_hypervisor(read_facts(tmp_path)).value is Hypervisor.NONE


def test_xen_without_smbios(tmp_path: Path) -> None:
    Machine(tmp_path).put("sys/hypervisor/type", "xen\n")
    assert detect_hypervisor(read_facts(tmp_path)).value is Hypervisor.XEN


def test_no_facts_at_all(tmp_path: Path) -> None:
    assert detect_hypervisor(read_facts(tmp_path)).reason is Reason.ABSENT
