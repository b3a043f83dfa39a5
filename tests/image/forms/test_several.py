from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hwmgmt.models.catalogue import UnknownModel
from image.build import PROJECT
from image.command import CommandFailed, CommandMissing, Runner
from image.forms import ovf, several
from image.forms.form import Form
from image.forms.several import Order
from tests.image.forms.gpt import PATTERN, raw_image

VERSION = "14.2.3-031"


class Iso:
    """In place of the maker of the installer's medium."""

    def __init__(self, inputs: str = "a", *, broken: bool = False) -> None:
        self.words, self.broken, self.calls = [inputs], broken, 0

    def file_name(self) -> str:
        return "mailward-14.2.3-031-installer.iso"

    def inputs(self) -> list[str]:
        return self.words

    def make(self, target: Path) -> None:
        self.calls += 1
        target.write_bytes(b"half")
        if self.broken:
            raise CommandFailed(program="xorriso", status=1, command="", tail="", log="", advice="")
        target.write_bytes(b"a medium")


def order(folder: Path, *forms: Form) -> Order:
    (folder / "out").mkdir(exist_ok=True)
    raw = folder / "out" / f"mailward-C100V-{VERSION}.raw"
    if not raw.exists():
        raw_image(raw)
    return Order(raw, "C100V", VERSION, forms, folder / "out", PROJECT)


def test_a_form_is_made_once_and_again_only_after_a_change(tmp_path: Path) -> None:
    wanted, iso = order(tmp_path, Form.INSTALLER), Iso()
    (first,) = several.carry_out(wanted, Runner(tmp_path / "log"), iso)
    assert first.file.name == "mailward-14.2.3-031-installer.iso"
    assert (first.bytes, first.made, first.sha256[:8]) == (8, True, "51a944fa")
    (second,) = several.carry_out(wanted, Runner(tmp_path / "log"), iso)
    assert second == replace(first, made=False)
    with wanted.raw.open("r+b") as disk:
        disk.seek(2048 * 512)
        disk.write(bytes([PATTERN[0] ^ 1]))
    several.carry_out(wanted, Runner(tmp_path / "log"), iso)
    several.carry_out(wanted, Runner(tmp_path / "log"), Iso("b"))
    assert iso.calls == 2


def test_what_fails_leaves_nothing_and_what_was_there(tmp_path: Path) -> None:
    wanted = order(tmp_path, Form.INSTALLER)
    (first,) = several.carry_out(wanted, Runner(tmp_path / "log"), Iso())
    with pytest.raises(CommandFailed):
        several.carry_out(wanted, Runner(tmp_path / "log"), Iso("b", broken=True))
    assert first.file.read_bytes() == b"a medium"
    assert not [path for path in wanted.output.iterdir() if path.name.endswith(".making")]


def test_the_files_of_the_build_have_their_digests(tmp_path: Path) -> None:
    raw = order(tmp_path).raw
    (raw.parent / "other.efi").write_bytes(b"a medium")
    files = several.known_files(raw, [raw.parent / "other.efi"])
    assert [(file.form, file.made) for file in files] == [("raw", True), ("build", True)]
    assert files[1].sha256.startswith("51a944fa")
    again = several.known_files(raw, [raw.parent / "other.efi"])
    assert again == [replace(file, made=False) for file in files]


def test_refusals_come_before_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownModel):
        several.check("C1", [Form.RAW], 15)
    with pytest.raises(ovf.UnknownHardware):
        several.check("C100V", [Form.RAW], 10)
    monkeypatch.setenv("PATH", "/nowhere")
    several.check("C100V", [Form.RAW, Form.INSTALLER], 15)
    with pytest.raises(CommandMissing, match="qemu-img"):
        several.check("C100V", [Form.OVA], 15)


@pytest.mark.process
def test_every_disk_form_comes_from_one_image(tmp_path: Path) -> None:
    wanted = order(tmp_path, Form.QCOW2, Form.OVA, Form.VAGRANT_BOX)
    made = several.carry_out(wanted, Runner(tmp_path / "log"), Iso())
    assert [file.file.name for file in made] == [
        "mailward-C100V-14.2.3-031.qcow2",
        "mailward-C100V-14.2.3-031.ova",
        "mailward-C100V-14.2.3-031-libvirt.box",
        "mailward-C100V-14.2.3-031-virtualbox.box",
    ]
    assert all(file.made for file in made)
    again = several.carry_out(wanted, Runner(tmp_path / "log"), Iso())
    assert [file.sha256 for file in again] == [file.sha256 for file in made]
    assert not any(file.made for file in again)
    other = several.carry_out(replace(wanted, hardware=17, forms=[Form.OVA]), Runner(tmp_path / "log"), Iso())
    assert other[0].made, "another hardware family is another OVA"
