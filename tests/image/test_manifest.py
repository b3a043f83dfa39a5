import io
import re
import struct
import tarfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from image import manifest
from image.build import DEFINITIONS
from image.diff.contents import CONFIGURATION
from image.sbom.inventory import Component, Kind
from tests.image.sbom.sample import add


def test_configuration_has_files_and_links_and_no_programs() -> None:
    store = io.BytesIO()
    with tarfile.open(fileobj=store, mode="w") as archive:
        add(archive, "etc/hosts", "127.0.0.1 localhost\n")
        add(archive, "usr/lib/systemd/systemd", "\x7fELF…")
        add(archive, "etc/ld.so.cache", "glibc")
        add(archive, "etc/shadow-", "root:!::")
        program = tarfile.TarInfo("usr/lib/systemd/systemd-cryptsetup")
        program.type, program.linkname = tarfile.SYMTYPE, "../../bin/systemd-cryptsetup"
        archive.addfile(program)
        link = tarfile.TarInfo("etc/systemd/system/x.wants/a.service")
        link.type, link.linkname = tarfile.SYMTYPE, "/usr/lib/systemd/system/a.service"
        archive.addfile(link)
    store.seek(0)
    with tarfile.open(fileobj=store) as archive:
        found = manifest.configuration(archive)
    assert list(found) == ["etc/hosts", "etc/systemd/system/x.wants/a.service"]
    assert found["etc/hosts"].startswith("sha256:")
    assert found["etc/systemd/system/x.wants/a.service"] == "-> /usr/lib/systemd/system/a.service"


def test_size_of_an_erofs_is_that_of_its_blocks(tmp_path: Path) -> None:
    image = tmp_path / "root.raw"
    head = struct.pack("<I8xB23xI", 0xE0F5E1E2, 12, 300)
    image.write_bytes(bytes(1024) + head + bytes(8192))
    assert manifest.erofs_bytes(image) == 300 << 12
    image.write_bytes(b"short")
    assert manifest.erofs_bytes(image) == 0


@given(st.binary(max_size=64))
def test_anything_else_is_no_erofs(head: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(1024) + b"\0" + head)
        file.flush()
        assert manifest.erofs_bytes(Path(file.name)) == 0


def test_ours_is_added_to_what_mkosi_wrote() -> None:
    package = Component(Kind.PYTHON, "click", "8.5.1", ("root",))
    whole = manifest.complete(
        {"manifest_version": 1, "packages": []}, [package], {"etc/x": "-> y"}, {"uki": 1}
    )
    assert whole["manifest_version"] == 1
    assert whole["packages"][0]["name"] == "click"
    assert whole["packages"][0]["file-systems"] == ["root"]
    assert (whole["configuration"], whole["sizes"]) == ({"etc/x": "-> y"}, {"uki": 1})


def test_a_build_lists_the_same_places_as_a_comparison_of_images() -> None:
    script = (DEFINITIONS / "mkosi.finalize.chroot").read_text()
    words = script.split("--sort=name", 1)[1].replace("\\\n", " ").split()
    listed = []
    for word in words:
        if braces := re.fullmatch(r"(.*)\{(.*)\}", word):
            listed += [braces[1] + name for name in braces[2].split(",")]
        else:
            listed.append(word)
    assert sorted(listed) == sorted(CONFIGURATION)
