import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.installer import manifest, payload
from image.installer.manifest import BadManifest, Manifest, Part

UUID = "00000000-0000-0000-0000-00000000000"
PARTS = (
    Part("EFI partition", "esp.zst", payload.ESP, UUID + "1", "esp", 0, 4096, ("-",)),
    Part("slot A, root file system", "root.zst", payload.ROOT, UUID + "2", "a_1", 1 << 60, 8192, ("0" * 64,)),
)
GOOD = Manifest("14.2.3-031", 7 << 30, PARTS)


def test_what_was_written_is_read() -> None:
    assert manifest.parse(GOOD.to_bytes()) == GOOD


@given(st.binary(max_size=200))
def test_what_is_no_manifest_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(BadManifest):
        manifest.parse(content)


@given(st.data())
def test_no_change_is_passed_over(data: st.DataObject) -> None:
    """Another value anywhere is refused, or is another valid manifest; it never comes out as something half read."""
    document = json.loads(GOOD.to_bytes())
    holder: Any = data.draw(st.sampled_from([document, *document["parts"]]))
    name = data.draw(st.sampled_from(sorted(holder)))
    holder[name] = data.draw(
        st.none()
        | st.booleans()
        | st.integers(-1, 1 << 70)
        | st.text(max_size=5)
        | st.lists(st.text(max_size=3))
    )
    try:
        parsed = manifest.parse(json.dumps(document).encode())
    except BadManifest:
        return
    assert json.loads(parsed.to_bytes()) == document


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"form": 2}, "it has form 2"),
        ({"parts": []}, "exactly one EFI partition"),
        ({"version": "../14"}, "version is"),
        ({"extra": 1}, "does not have the fields"),
    ],
)
def test_what_is_refused(change: dict[str, object], problem: str) -> None:
    document = json.loads(GOOD.to_bytes()) | change
    with pytest.raises(BadManifest, match=problem):
        manifest.parse(json.dumps(document).encode())


def test_a_path_is_no_file_name() -> None:
    document = json.loads(GOOD.to_bytes())
    document["parts"][0]["file"] = "../../etc/passwd"
    with pytest.raises(BadManifest, match="file is"):
        manifest.parse(json.dumps(document).encode())


def test_digests_for_another_size_are_refused() -> None:
    document = json.loads(GOOD.to_bytes())
    document["parts"][0]["size"] = 1 << 33
    with pytest.raises(BadManifest, match="for another size"):
        manifest.parse(json.dumps(document).encode())
