import base64
from pathlib import Path

import pytest

from image.build import DEFINITIONS
from image.qemu import disk
from image.qemu.accel import Accel
from image.qemu.disk import Bus
from image.qemu.machine import Spec, argv


def words(**changes: object) -> list[str]:
    return argv(Spec(Path("/images/a.raw"), Accel.TCG, **changes), Path("/run/guest"))  # type: ignore[arg-type]


def following(line: list[str], option: str) -> list[str]:
    return [line[at + 1] for at, word in enumerate(line) if word == option]


def test_firmware_is_read_only_and_its_variables_are_the_machines_own() -> None:
    code, variables = following(words(), "-drive")[:2]
    assert "readonly=on" in code
    assert "file=/run/guest/variables.fd" in variables


def test_the_image_itself_is_never_opened_for_writing() -> None:
    assert not any("/images/a.raw" in word for word in words())


def test_ports_are_forwarded_from_loopback_only() -> None:
    (net,) = following(words(forwards={2525: 25, 2222: 22}), "-netdev")
    assert net == "user,id=net0,hostfwd=tcp:127.0.0.1:2525-:25,hostfwd=tcp:127.0.0.1:2222-:22"


def test_credentials_survive_commas_and_line_breaks() -> None:
    content = "<config>\n a,b=c \x7f é</config>"
    (smbios,) = following(words(credentials={"mailward.configuration": content}), "-smbios")
    head, _, encoded = smbios.partition("mailward.configuration=")
    assert head == "type=11,value=io.systemd.credential.binary:"
    assert "," not in encoded
    assert base64.b64decode(encoded).decode() == content


def test_further_words_come_last() -> None:
    assert words(extra=["-device", "x"])[-2:] == ["-device", "x"]


@pytest.mark.parametrize("bus", Bus)
def test_the_disk_hangs_where_it_should_and_is_booted_from(bus: Bus) -> None:
    line = words(bus=bus)
    (disk,) = [word for word in following(line, "-device") if "drive=disk0" in word]
    assert disk.endswith("bootindex=0")
    assert any("id=disk0" in word and "/run/guest/disk.qcow2" in word for word in following(line, "-drive"))
    if "bus=disks.0" in disk:
        assert any(word.endswith("id=disks") for word in following(line, "-device"))


def test_every_controller_has_a_driver_that_the_initrd_brings() -> None:
    modules = (DEFINITIONS / "mkosi.conf").read_text().split("KernelModulesInitrdInclude=")[1].split()
    for bus in Bus:
        name = disk.driver(bus)
        assert f"/{name}.ko" in modules or any(name.startswith(module.strip("/")) for module in modules), name


def test_a_kernel_image_is_handed_over_only_if_there_is_one() -> None:
    assert following(words(kernel=Path("/images/m.efi")), "-kernel") == ["/images/m.efi"]
    assert not following(words(), "-kernel")
    # QEMU gives the kernel the first place itself, and refuses a second first.
    assert not any("bootindex" in word for word in words(kernel=Path("/images/m.efi")))


def test_firmware_for_secure_boot_keeps_its_variables_to_itself() -> None:
    line = words(secure_boot=True)
    assert following(line, "-machine") == ["q35,smm=on"]
    assert following(line, "-global") == ["driver=cfi.pflash01,property=secure,value=on"]
    assert "OVMF_CODE_4M.secboot.fd" in following(line, "-drive")[0]
    assert not following(words(), "-global")


def test_a_tpm_is_there_if_asked_for() -> None:
    assert "tpm-crb,tpmdev=tpm0" in following(words(tpm=Path("/run/tpm")), "-device")
    assert not any("tpm" in word for word in words())
