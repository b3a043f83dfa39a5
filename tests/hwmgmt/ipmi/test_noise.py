import pytest

from hwmgmt.ipmi.noise import Verdict, judge

HARMLESS = [
    # dmesg of Debian's 6.1.0-56 on QEMU's ipmi-bmc-sim.
    "[    4.003242] IPMI message handler: version 39.2",
    "[    4.015684] ipmi device interface",
    "[    4.040202] ipmi_si: IPMI System Interface driver",
    "[    4.040736] ipmi_si dmi-ipmi-si.0: ipmi_platform: probing via SMBIOS",
    "[    4.041229] ipmi_platform: ipmi_si: SMBIOS: io 0xca2 regsize 1 spacing 1 irq 5",
    "[    4.041408] ipmi_si: Adding SMBIOS-specified kcs state machine",
    "[    4.042510] ipmi_si IPI0001:00: ipmi_platform: [io  0x0ca2-0x0ca3] regsize 1 spacing 1 irq 5",
    "[    4.043892] ipmi_si dmi-ipmi-si.0: Removing SMBIOS-specified kcs state machine in favor of ACPI",
    "[    4.044713] ipmi_si: Trying ACPI-specified kcs state machine at i/o address 0xca2, irq 5",
    "[    4.052148] ipmi_si IPI0001:00: Using irq 5",
    "[    4.064189] ipmi_si IPI0001:00: IPMI message handler: Found new BMC (man_id: 0x00168b, dev_id: 0x20)",
    "[    4.065481] ipmi_si IPI0001:00: IPMI kcs interface initialized",
    # By the drivers' sources.
    "[   12.1] ipmi_si IPI0001:00: There appears to be no BMC at this location",
    "[   12.2] ipmi_si: Unable to find any System Interface(s)",
    "[   12.4] ipmi_si IPI0001:00: Interface detection failed",
    "[   12.7] ipmi_si IPI0001:00: KCS in invalid state 9",
    "[   12.8] IPMI Watchdog: driver initialized",
    "Could not open device at /dev/ipmi0 or /dev/ipmi/0 or /dev/ipmidev/0: No such file or directory",
]


@pytest.mark.parametrize("line", HARMLESS)
def test_known_lines_are_harmless_during_an_upgrade_only(line: str) -> None:
    judgement = judge(line, upgrading=True)
    assert (judgement.verdict, judgement.defect) == (Verdict.HARMLESS, "CSCuz28415")
    assert judgement.label(line).startswith(line)
    assert "harmless" in judgement.label(line)
    assert judge(line, upgrading=False).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "line",
    [
        "ipmi_si: Temperature of CPU 1 over its limit",
        "BMC: power supply 2 failed",
        "ipmi_watchdog: the watchdog expired, resetting",
    ],
)
def test_other_ipmi_lines_are_shown_as_they_are(line: str) -> None:
    assert judge(line, upgrading=True).verdict is Verdict.UNKNOWN
    assert judge(line, upgrading=True).label(line) == line


@pytest.mark.parametrize(
    "line", ["EXT4-fs (sda5): error", "Interface detection failed", "shipmint: KCS in invalid state", ""]
)
def test_lines_about_other_things_are_none_of_ours(line: str) -> None:
    assert judge(line, upgrading=True).verdict is Verdict.NOT_IPMI
