from pathlib import Path

import pytest

from image.installer import trial
from image.installer.trial import Way
from image.qemu.disk import Bus
from image.qemu.disk import words as disk_words


@pytest.mark.parametrize("way", list(Way))
def test_the_medium_is_started_when_the_disk_has_nothing(way: Way) -> None:
    """Once a device has a place in QEMU's boot order, one without is never tried."""
    assert "bootindex=0" in disk_words(Bus.VIRTIO_BLK, Path("d"))[-1]
    assert "bootindex=1" in way.words(Path("medium.iso"))[-1]


def test_a_cd_cannot_be_written_to_and_a_stick_can() -> None:
    assert "readonly=on" in " ".join(Way.CD.words(Path("m,n.iso")))
    assert "readonly" not in " ".join(Way.USB.words(Path("m.iso")))
    assert "file=m,,n.iso" in " ".join(Way.CD.words(Path("m,n.iso")))


def test_the_answers_name_the_disk_that_is_there() -> None:
    assert trial.unattended(replace="yes") == {
        "mailward.install.disk": trial.SERIAL,
        "mailward.install.end": "poweroff",
        "mailward.install.replace": "yes",
    }
