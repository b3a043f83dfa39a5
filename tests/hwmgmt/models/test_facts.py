import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.models.facts import Told, parse_meminfo, parse_oem_strings, read_facts
from hwmgmt.reading import Reason
from tests.hwmgmt.machine import Machine, ucs_m5

OEM = bytes([11, 5, 0x10, 0, 2]) + b"ESA-C695F-K9\0io.systemd.credential:a=b\0\0"


def test_facts_of_a_server(tmp_path: Path) -> None:
    ucs_m5(tmp_path).port("enp216s0f0", "i40e").put("sys/firmware/dmi/entries/11-0/raw", OEM)
    facts = read_facts(tmp_path)
    assert facts.smbios("product_name") == "UCSC-C220-M5SX"
    assert (facts.sockets.value, facts.cores.value) == (2, 24)
    assert facts.drivers.otherwise(frozenset()) == {"ixgbe", "i40e"}
    assert facts.oem.value == ("ESA-C695F-K9", "io.systemd.credential:a=b")
    assert facts.memory.unit == "bytes"
    assert facts.told == ()


def test_an_empty_tree_gives_reasons(tmp_path: Path) -> None:
    facts = read_facts(tmp_path)
    readings = (facts.oem, facts.sockets, facts.memory, facts.drivers)
    assert {reading.reason for reading in readings} == {Reason.ABSENT}
    assert facts.smbios("sys_vendor") == ""


def test_nonsense_in_the_tree_gives_reasons(tmp_path: Path) -> None:
    machine = Machine(tmp_path).put("proc/meminfo", "MemTotal: lots\n").put("proc/cpuinfo", "riscv\n")
    machine.put("sys/firmware/dmi/entries/11-0/raw", b"\x0b")
    facts = read_facts(tmp_path)
    assert {facts.memory.reason, facts.cpu_flags.reason, facts.oem.reason} == {Reason.MALFORMED}


def test_overrides_in_order_of_strength(tmp_path: Path) -> None:
    machine = Machine(tmp_path).put("proc/cmdline", "ro quiet mailward.model=C695F console=ttyS0\n")
    machine.put("run/credentials/@system/mailward.model", "C695").put("var/configuration/model", "C395\n")
    assert [told.name for told in read_facts(tmp_path).told] == ["C695F", "C695", "C395"]
    assert read_facts(tmp_path).told[2] == Told("/configuration/model", "C395")


@pytest.mark.parametrize("text", ["", "MemTotal: 1 MB", "MemTotal: -1 kB", "MemTotal: ² kB", "MemTotal:"])
def test_memory_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no MemTotal"):
        parse_meminfo(text)


@given(st.binary(max_size=300))
def test_any_bytes_are_oem_strings_or_refused(entry: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert len(parse_oem_strings(entry)) <= 255


@given(st.binary(max_size=60), st.integers(0, 255))
def test_the_count_of_oem_strings_is_never_exceeded(body: bytes, count: int) -> None:
    assert len(parse_oem_strings(bytes([11, 5, 0, 0, count]) + body)) <= count
