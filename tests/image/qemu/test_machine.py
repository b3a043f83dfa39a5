import base64
from pathlib import Path

from image.qemu.accel import Accel
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
