import pytest

from hwmgmt.ipmi.noise import Verdict, judge

HARMLESS = [
    "[   12.1] ipmi_si IPI0001:00: There appears to be no BMC at this location",
    "[   12.2] ipmi_si: Unable to find any System Interface(s)",
    "[   12.3] ipmi_si: Trying SMBIOS-specified kcs state machine at i/o address 0xca2",
    "[   12.4] ipmi_si IPI0001:00: Interface detection failed",
    "[   12.5] ipmi_si IPI0001:00: IPMI kcs interface initialized",
    "[   12.6] ipmi_si IPI0001:00: Found new BMC (man_id: 0x00168b, prod_id: 0x0001, dev_id: 0x20)",
    "[   12.7] ipmi_si IPI0001:00: KCS in invalid state 9",
    "[   12.8] IPMI Watchdog: driver initialized",
    "[   12.9] IPMI message handler: version 39.2",
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
