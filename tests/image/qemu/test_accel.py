import tempfile
from pathlib import Path

import pytest

from image.qemu import accel
from image.qemu.accel import Accel, detect


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILWARD_ACCEL", raising=False)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(accel, "_boot_id", lambda: "boot")


def test_without_a_device_nothing_is_tried(tmp_path: Path) -> None:
    def never(firmware: Path) -> bool:
        raise AssertionError("tried without a device")

    assert detect(Path("fw"), tmp_path / "kvm", never) is Accel.TCG


@pytest.mark.parametrize(("speaks", "found"), [(True, Accel.KVM), (False, Accel.TCG)])
def test_a_device_that_opens_is_tried_once_a_boot(tmp_path: Path, speaks: bool, found: Accel) -> None:
    (tmp_path / "kvm").touch()
    tries: list[Path] = []

    def probe(firmware: Path) -> bool:
        tries.append(firmware)
        return speaks

    assert detect(Path("fw"), tmp_path / "kvm", probe) is found
    assert detect(Path("fw"), tmp_path / "kvm", probe) is found
    assert tries == [Path("fw")]


def test_the_environment_overrides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAILWARD_ACCEL", "kvm")
    assert detect(Path("fw"), tmp_path / "kvm") is Accel.KVM
