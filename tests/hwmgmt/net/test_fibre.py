import pytest

from hwmgmt.models.catalogue import catalogue
from hwmgmt.models.detect import Claim, Detected, SupportLevel, decide
from hwmgmt.models.facts import read_facts
from hwmgmt.net.ethtool import PortType
from hwmgmt.net.fibre import Medium, medium_of, medium_of_modes
from tests.hwmgmt.net.fakes import FakeDriver, detected, link


def known_model(name: str, tmp_path_factory: pytest.TempPathFactory) -> Detected:
    models = catalogue()
    claim = Claim(SupportLevel.VENDOR, (models.get(name),), "a test", verified=True)
    return decide(read_facts(tmp_path_factory.mktemp("root")), models, (lambda facts, models: claim,))


@pytest.mark.parametrize(
    ("port_type", "medium"),
    [
        (PortType.FIBRE, Medium.FIBRE),
        (PortType.DIRECT_ATTACH, Medium.FIBRE),
        (PortType.TWISTED_PAIR, Medium.COPPER),
    ],
)
def test_the_driver_is_heard_first(port_type: PortType, medium: Medium) -> None:
    driver = FakeDriver(types={"enp94s0f0": port_type}, modules={"enp94s0f0": "SFP+"})
    found = medium_of(link(), driver, detected())
    assert found.medium is medium
    assert port_type in found.because


def test_a_module_in_the_cage_speaks_for_a_driver_that_says_other() -> None:
    driver = FakeDriver(types={"enp94s0f0": PortType.OTHER}, modules={"enp94s0f0": "SFP/SFP+/SFP28"})
    found = medium_of(link(), driver, detected())
    assert (found.medium, found.because) == (Medium.FIBRE, "module SFP/SFP+/SFP28 in the cage")


def test_an_empty_cage_is_known_by_the_modes() -> None:
    driver = FakeDriver(modes={"enp94s0f0": ("1000baseT/Full", "10000baseSR/Full")})
    assert medium_of(link(), driver, detected()).medium is Medium.FIBRE


@pytest.mark.parametrize(
    ("modes", "medium"),
    [
        (("10baseT/Half", "1000baseT/Full"), Medium.COPPER),
        (("1000baseX/Full",), Medium.FIBRE),
        (("25000baseCR/Full",), Medium.FIBRE),
        (("40000baseKR4/Full",), Medium.UNKNOWN),
        ((), Medium.UNKNOWN),
    ],
)
def test_modes(modes: tuple[str, ...], medium: Medium) -> None:
    assert medium_of_modes(modes) is medium


def test_the_administrator_overrules() -> None:
    driver = FakeDriver(types={"enp94s0f0": PortType.TWISTED_PAIR})
    assert medium_of(link(), driver, detected(), told=["enp94s0f0"]).medium is Medium.FIBRE


def test_what_a_hypervisor_shows_is_virtual() -> None:
    assert medium_of(link(driver="vmxnet3"), FakeDriver(), detected("C300V")).medium is Medium.VIRTUAL


def test_a_port_nobody_knows(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert medium_of(link(), FakeDriver(), detected()).medium is Medium.UNKNOWN
    assert medium_of(link(), FakeDriver(), known_model("C695F", tmp_path_factory)).medium is Medium.FIBRE
    virtual = medium_of(link(driver="odd"), FakeDriver(), known_model("C600V", tmp_path_factory))
    assert virtual.medium is Medium.VIRTUAL


def test_copper_in_the_catalogue_does_not_clear_a_port(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert medium_of(link(), FakeDriver(), known_model("C695", tmp_path_factory)).medium is Medium.UNKNOWN
