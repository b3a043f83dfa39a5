import pytest
from lxml import etree

from hwmgmt.models.catalogue import catalogue
from image.build import PROJECT
from image.forms import ovf
from image.forms.ovf import Controller, DiskFile, UnknownHardware, render

RASD = "{http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData}"
OVF = "{http://schemas.dmtf.org/ovf/envelope/1}"
VMW = "{http://www.vmware.com/schema/ovf}"


def _rendered(
    name: str = "C600V", hardware: int = 15, controller: Controller = Controller.PVSCSI
) -> etree._Element:
    text = render(
        catalogue().get(name),
        DiskFile("a&b.vmdk", 1234, 5678),
        version="14.2.3-031",
        hardware=hardware,
        controller=controller,
    )
    return etree.fromstring(text.encode())


def _items(tree: etree._Element, kind: int) -> list[dict[str, str]]:
    items = [
        {child.tag.removeprefix(RASD): child.text or "" for child in item} for item in tree.iter(f"{OVF}Item")
    ]
    return [item for item in items if item["ResourceType"] == str(kind)]


@pytest.mark.parametrize("name", ["C100V", "C300V", "C600V"])
def test_processors_memory_and_interfaces_are_the_catalogues(name: str) -> None:
    model = catalogue().get(name)
    tree = _rendered(name)
    assert _items(tree, 3)[0]["VirtualQuantity"] == str(model.cpus)
    assert int(_items(tree, 4)[0]["VirtualQuantity"]) << 20 == model.memory_bytes
    cards = _items(tree, 10)
    assert [card["Connection"] for card in cards] == ["Management", "Data 1", "Data 2"]
    assert {card["ResourceSubType"] for card in cards} == {"VmxNet3"}
    assert [net.get(f"{OVF}name") for net in tree.iter(f"{OVF}Network")] == ["Management", "Data 1", "Data 2"]


def test_every_instance_id_is_there_once_and_the_disk_hangs_on_the_controller() -> None:
    tree = _rendered()
    ids = [element.text for element in tree.iter(f"{RASD}InstanceID")]
    assert len(ids) == len(set(ids)) == 7
    assert _items(tree, 17)[0]["Parent"] == _items(tree, 6)[0]["InstanceID"]


@pytest.mark.parametrize(
    ("controller", "subtype"), [(Controller.PVSCSI, "VirtualSCSI"), (Controller.LSILOGIC, "lsilogic")]
)
def test_the_controller_is_the_one_asked_for(controller: Controller, subtype: str) -> None:
    assert _items(_rendered(controller=controller), 6)[0]["ResourceSubType"] == subtype


def test_firmware_is_efi_and_importers_that_do_not_know_it_may_go_on() -> None:
    (config,) = _rendered().iter(f"{VMW}Config")
    assert dict(config.items()) == {f"{OVF}required": "false", f"{VMW}key": "firmware", f"{VMW}value": "efi"}


def test_the_disk_is_named_with_both_its_sizes_and_escaped() -> None:
    tree = _rendered()
    (file,), (disk,) = tree.iter(f"{OVF}File"), tree.iter(f"{OVF}Disk")
    assert (file.get(f"{OVF}href"), file.get(f"{OVF}size")) == ("a&b.vmdk", "1234")
    assert (disk.get(f"{OVF}capacity"), disk.get(f"{OVF}capacityAllocationUnits")) == ("5678", "byte")


def test_properties_have_keys_without_dots() -> None:
    keys = [element.get(f"{OVF}key") or "." for element in _rendered().iter(f"{OVF}Property")]
    assert keys == [
        "model", "hostname", "configuration", "password", "authorized-keys", "address", "gateway", "dns",
    ]  # fmt: skip
    assert not [key for key in keys if "." in key]


def test_an_unknown_hardware_family_is_refused() -> None:
    with pytest.raises(UnknownHardware, match="vmx-10"):
        _rendered(hardware=10)


def test_class_and_key_are_the_names_of_the_credentials() -> None:
    """What the guest sees is class, dot, key (DSP0243, 9.5.1); docs/images.md has the same names."""
    names = [
        f"{section.get(f'{OVF}class')}.{item.get(f'{OVF}key')}"
        for section in _rendered().iter(f"{OVF}ProductSection")
        for item in section.iter(f"{OVF}Property")
    ]
    assert sorted(names) == sorted(["mailward.model", *(item.name for item in ovf.PROPERTIES)])
    page = (PROJECT / "docs/images.md").read_text()
    for name in names:
        assert f"`{name}`" in page, name


def test_properties_reach_the_guest_in_both_ways() -> None:
    (section,) = _rendered().iter(f"{OVF}VirtualHardwareSection")
    assert section.get(f"{OVF}transport") == "com.vmware.guestInfo iso"


def test_the_password_is_not_shown_while_it_is_typed() -> None:
    secret = [e.get(f"{OVF}key") for e in _rendered().iter(f"{OVF}Property") if e.get(f"{OVF}password")]
    assert secret == ["password"]


def test_for_virtualbox_nothing_is_vmwares() -> None:
    text = ovf.render(
        catalogue().get("C100V"),
        DiskFile("box-disk1.vmdk", 1, 2),
        version="14.2.3-031",
        controller=Controller.AHCI,
        flavour=ovf.VIRTUALBOX,
    )
    tree = etree.fromstring(text.encode())
    assert "vmw:key" not in text and "vmx-" not in text and "ProductSection" not in text
    assert _items(tree, 20)[0]["ResourceSubType"] == "AHCI"
    assert [card["ResourceSubType"] for card in _items(tree, 10)] == ["E1000"]
