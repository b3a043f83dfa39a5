from pathlib import Path

import pytest

from hwmgmt.size import parse_size
from image.build import DEFINITIONS
from image.installer import chunks, gpt, manifest, payload
from tests.image.installer.sample import ROOT, Plain, areas, image, medium


def test_the_medium_has_every_partition_without_its_zeros(tmp_path: Path) -> None:
    listed = medium(tmp_path, Plain())
    assert manifest.parse((tmp_path / "medium" / manifest.NAME).read_bytes()) == listed
    esp, root, verity = listed.parts
    assert [part.bootable for part in listed.parts] == [True, False, False]
    assert [chunk == chunks.ZERO for chunk in root.chunks] == [False, False, True, True]
    stored = (tmp_path / "medium/root.zst").read_bytes()
    assert stored == ROOT.ljust(2 * chunks.CHUNK, b"\0")
    assert (esp.size, verity.size) == (8 << 20, 2 << 20)


def test_a_disk_that_is_not_an_image_is_refused(tmp_path: Path) -> None:
    one = image(tmp_path / "one.raw", areas()[:1])
    with pytest.raises(gpt.BadTable, match="an EFI partition and one slot"):
        payload.write(one, tmp_path / "medium", "14.2.3-031", Plain(), lambda folder: [])


def test_var_is_counted_as_the_appliance_makes_it() -> None:
    text = (DEFINITIONS / "mkosi.extra/usr/lib/repart.d/30-var.conf").read_text()
    (size,) = [line.split("=")[1] for line in text.splitlines() if line.startswith("SizeMinBytes")]
    assert parse_size(size) == payload.VAR_BYTES
