from pathlib import Path

import pytest

from hwmgmt.models.catalogue import UnknownModel, catalogue
from image.command import Runner
from image.forms import disk, ovf
from image.forms.request import CannotWrite, Made, Request, carry_out, names
from tests.image.forms.gpt import raw_image


@pytest.mark.parametrize(
    ("raw", "stem", "version"),
    [
        ("mailward-C100V-14.2.3-031.raw", "mailward-C300V-14.2.3-031", "14.2.3-031"),
        ("mailward-other-14.2.3-031.raw", "mailward-other-14.2.3-031-C300V", "unversioned"),
        ("disk.raw", "disk-C300V", "unversioned"),
        ("my disk (1) ü.raw", "my-disk--1----C300V", "unversioned"),
        ("x" * 200 + ".raw", "x" * 60 + "-C300V", "unversioned"),
    ],
)
def test_the_model_in_the_name_gives_way(raw: str, stem: str, version: str) -> None:
    assert names(Path(raw), "C300V", catalogue()) == (stem, version)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"model": "C999"}, UnknownModel),
        ({"model": "C695"}, disk.NotVirtual),
        ({"hardware": 12}, ovf.UnknownHardware),
        ({"raw": Path("/nowhere.raw")}, disk.NotAnImage),
    ],
)
def test_a_request_that_cannot_be_met_makes_nothing(
    change: dict[str, object], error: type[Exception], tmp_path: Path
) -> None:
    asked: dict[str, object] = {
        "raw": raw_image(tmp_path / "a.raw"),
        "model": "C100V",
        "hardware": 15,
    } | change
    raw, model, hardware = asked["raw"], asked["model"], asked["hardware"]
    assert isinstance(raw, Path) and isinstance(model, str) and isinstance(hardware, int)
    with pytest.raises(error):
        carry_out(Request(raw, model, "ova", tmp_path / "out", hardware), Runner(tmp_path / "log"))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    raw = raw_image(tmp_path / "a.raw")
    with pytest.raises(CannotWrite, match="Not a directory"):
        carry_out(Request(raw, "C100V", "ova", raw / "out"), Runner(tmp_path / "log"))


@pytest.mark.process
@pytest.mark.parametrize("form", ["qcow2", "vhdx", "vmdk", "ova"])
def test_every_form_is_made_with_the_models_disk(form: str, tmp_path: Path) -> None:
    raw = raw_image(tmp_path / "mailward-C100V-14.2.3-031.raw")
    made = carry_out(Request(raw, "c300v", form, tmp_path / "out"), Runner(tmp_path / "log"))
    target = tmp_path / "out" / f"mailward-C300V-14.2.3-031.{form}"
    assert made == Made(target, form, "C300V", target.stat().st_size, 500 * 10**9)
    assert list(target.parent.iterdir()) == [target]
