import io
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.installer import gpt, payload
from tests.image.installer.sample import areas, image


def test_partitions_are_read_in_their_order(tmp_path: Path) -> None:
    with image(tmp_path / "a.raw").open("rb") as disk:
        found = gpt.read(disk, name="a.raw")
    assert [part.type for part in found] == [payload.ESP, payload.ROOT, payload.VERITY]
    assert [(part.start, part.size) for part in found] == [
        (area.first * 512, (area.last - area.first + 1) * 512) for area in areas()
    ]
    assert found[1].label == "mailward_14.2.3-031"


@pytest.mark.parametrize("place", [512 + 20, 512 + 40, 1024 + 5])
def test_a_table_with_a_flipped_bit_is_refused(place: int, tmp_path: Path) -> None:
    content = bytearray(image(tmp_path / "a.raw").read_bytes())
    content[place] ^= 4
    with pytest.raises(gpt.BadTable, match="checksum"):
        gpt.read(io.BytesIO(content), name="a")


@given(st.binary(max_size=3000))
def test_what_is_no_table_is_refused_in_words(content: bytes) -> None:
    for disk in (content, bytes(512) + b"EFI PART" + content):
        with pytest.raises(gpt.BadTable):
            gpt.read(io.BytesIO(disk), name="a")


@pytest.mark.process
def test_sfdisk_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    path.touch()
    with path.open("r+b") as disk:
        disk.truncate(64 << 20)
    script = (
        f"label: gpt\nsize=8MiB, type={payload.ESP}, name=esp\nsize=16MiB, type={payload.ROOT}, attrs=60\n"
    )
    subprocess.run(["sfdisk", "-q", path], input=script, text=True, check=True)
    told = json.loads(subprocess.run(["sfdisk", "--json", path], check=True, capture_output=True).stdout)
    with path.open("rb") as disk:
        found = gpt.read(disk, name="a")
    assert [(p.uuid.upper(), p.start // 512, p.size // 512) for p in found] == [
        (p["uuid"], p["start"], p["size"]) for p in told["partitiontable"]["partitions"]
    ]
    assert found[1].flags == 1 << 60
