from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.models.catalogue import Catalogue, catalogue
from hwmgmt.models.detect import Claim, Support, SupportLevel, decide, detect
from hwmgmt.models.facts import Facts, read_facts
from tests.hwmgmt.machine import Machine, ucs_m5


def test_a_base_server_is_narrowed_to_one_model(tmp_path: Path) -> None:
    ucs_m5(tmp_path)
    found = detect(tmp_path)
    assert found.candidates == ("C695",)
    assert (found.level, found.support, found.blocks) == (SupportLevel.MAINLINE, Support.SUPPORTED, False)
    assert found.because == "SMBIOS Cisco Systems Inc UCSC-C220-M5SX"


def test_fibre_ports_make_a_c695f(tmp_path: Path) -> None:
    ucs_m5(tmp_path).port("enp216s0f0", "i40e")
    assert detect(tmp_path).candidates == ("C695F",)


def test_siblings_that_cannot_be_told_apart_are_all_named(tmp_path: Path) -> None:
    """As the boot test sees it: Cisco's SMBIOS strings on a small guest."""
    strings = {"sys_vendor": "Cisco Systems Inc", "product_name": "UCSC-C220-M5SX", "chassis_vendor": "QEMU"}
    Machine(tmp_path).dmi(**strings).cpus(1, 2, guest=True).memory(2 * 1024 * 1024)
    found = detect(tmp_path)
    assert found.model is None
    assert found.candidates == ("C195", "C395")
    assert found.support is Support.SUPPORTED
    assert "/configuration/model" in found.advice
    assert found.notes == ("taken for hardware, yet runs under kvm (SMBIOS chassis_vendor QEMU)",)


@pytest.mark.parametrize(
    ("strings", "name"),
    [
        ({"product_name": "UCSC-C220-M4S", "product_sku": "ESA-C390-K9"}, "C390"),
        ({"product_name": "UCSC-C220-M5SX", "chassis_asset_tag": "C695F"}, "C695F"),
        ({"product_name": "C190"}, "C190"),
    ],
)
def test_a_machine_that_names_its_model(tmp_path: Path, strings: dict[str, str], name: str) -> None:
    ucs_m5(tmp_path).dmi(**strings)
    found = detect(tmp_path)
    assert found.candidates == (name,)
    assert found.level is SupportLevel.VENDOR


def test_an_asset_tag_of_a_stranger_names_nothing(tmp_path: Path) -> None:
    Machine(tmp_path).dmi(sys_vendor="Dell Inc.", product_name="PowerEdge R640", chassis_asset_tag="C170")
    found = detect(tmp_path.resolve())
    assert found.candidates == ()
    assert found.support is Support.UNKNOWN
    assert not found.blocks
    assert "C695F" in found.why


def test_an_unsupported_machine_says_why_and_what_to_do(tmp_path: Path) -> None:
    Machine(tmp_path).dmi(sys_vendor="Cisco", product_name="C380").cpus(1, 6)
    found = detect(tmp_path)
    assert (found.support, found.blocks) == (Support.UNSUPPORTED, True)
    assert found.why == "release 14.2.3 does not run on x80 hardware"
    assert "virtual model" in found.advice


def test_somebody_who_knows_better_wins(tmp_path: Path) -> None:
    ucs_m5(tmp_path).dmi(product_sku="ESA-C695-K9").put("var/configuration/model", "c395\n")
    found = detect(tmp_path)
    assert found.candidates == ("C395",)
    assert found.because == "/configuration/model"


def test_an_override_with_a_typo_is_passed_over_and_told(tmp_path: Path) -> None:
    ucs_m5(tmp_path).put("proc/cmdline", "mailward.model=C965F\n")
    found = detect(tmp_path)
    assert found.candidates == ("C695",)
    (note,) = found.notes
    assert note.startswith("kernel command line, mailward.model names 'C965F', which is not")


@pytest.mark.parametrize(
    ("cores", "gib", "name"),
    [(1, 2, "C100V"), (2, 6, "C100V"), (4, 8, "C300V"), (8, 8, "C600V"), (8, 6, "C100V")],
)
def test_a_guest_is_as_large_as_its_processors_and_memory(
    tmp_path: Path, cores: int, gib: int, name: str
) -> None:
    machine = Machine(tmp_path).dmi(sys_vendor="VMware, Inc.", product_name="VMware7,1")
    machine.cpus(1, cores, guest=True).memory(gib * 1024 * 1024 * 97 // 100)
    found = detect(tmp_path)
    assert found.candidates == (name,)
    assert found.level is SupportLevel.GENERIC


def test_a_guest_smaller_than_every_model_is_the_smallest_and_says_so(tmp_path: Path) -> None:
    """As `mailward image boot` starts one."""
    machine = Machine(tmp_path).dmi(sys_vendor="QEMU", product_name="Standard PC (Q35 + ICH9, 2009)")
    machine.cpus(1, 2, guest=True).memory(2 * 1024 * 1024)
    found = detect(tmp_path)
    assert (found.candidates, found.support, found.notes) == (("C100V",), Support.SUPPORTED, ())
    assert found.because == (
        "guest of kvm (SMBIOS sys_vendor QEMU) with 2 processors and 2 GiB of memory, less than C100V is made for"
    )


def test_a_server_that_no_model_is_built_on_stays_unknown(tmp_path: Path) -> None:
    Machine(tmp_path).dmi(sys_vendor="Dell Inc.", product_name="PowerEdge").cpus(1, 2).memory(8 << 20)
    assert detect(tmp_path).model is None


def test_a_base_that_supported_and_unsupported_models_share_blocks_nothing(tmp_path: Path) -> None:
    ucs_m5(tmp_path)
    models = catalogue()

    def both(facts: Facts, models: Catalogue) -> Claim:
        return Claim(SupportLevel.MAINLINE, (models.get("C680"), models.get("C690")), "test", verified=True)

    found = decide(read_facts(tmp_path), models, [both])
    assert (found.support, found.blocks) == (Support.UNKNOWN, False)


def test_an_unverified_claim_never_blocks(tmp_path: Path) -> None:
    def guess(facts: Facts, models: Catalogue) -> Claim:
        return Claim(SupportLevel.VENDOR, (models.get("C680"),), "a guess", verified=False)

    found = decide(read_facts(tmp_path), catalogue(), [guess])
    assert (found.support, found.blocks) == (Support.UNSUPPORTED, False)


@given(
    st.dictionaries(st.sampled_from(["sys_vendor", "product_name", "product_sku", "bios_vendor"]), st.text())
)
def test_no_smbios_strings_make_detection_raise(
    tmp_path_factory: pytest.TempPathFactory, strings: dict[str, str]
) -> None:
    root = tmp_path_factory.mktemp("machine")
    Machine(root).dmi(**{name: text.encode("utf-8", "replace").decode() for name, text in strings.items()})
    assert detect(root).support in Support
