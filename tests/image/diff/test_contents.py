import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from image.command import Runner
from image.diff.compare import Kind, compare
from image.diff.contents import NotComparable, of_tree, read
from image.sbom import collect
from tests.image.sbom.sample import STATUS, packages_tar, wheels


def tree(folder: Path, sshd: str) -> Path:
    (folder / "var/lib/dpkg").mkdir(parents=True)
    (folder / "var/lib/dpkg/status").write_text(STATUS)
    wheels(folder / "usr/lib/mailward")
    (folder / "etc/ssh").mkdir(parents=True)
    (folder / "etc/ssh/sshd_config").write_text(sshd)
    (folder / "etc/mtab").symlink_to("../proc/mounts")
    (folder / "usr/libexec/mailward").mkdir(parents=True)
    (folder / "usr/libexec/mailward/seed").write_bytes(b"\x7fELF")
    return folder


def test_an_unpacked_root_tells_packages_files_and_their_lines(tmp_path: Path) -> None:
    old = of_tree(tree(tmp_path / "a", "Port 22\nPermitRootLogin yes\n"), "a", {"root": 1})
    new = of_tree(tree(tmp_path / "b", "Port 22\nPermitRootLogin no\n"), "b", {"root": 1})
    assert old.packages["deb", "openssl"] == "3.5.1-1"
    assert old.packages["pypi", "pyftpdlib"] == "2.2.0"
    assert old.configuration == {
        "etc/mtab": "-> ../proc/mounts",
        **_only(old.configuration, "etc/ssh/sshd_config"),
    }
    difference = compare(old, new)
    assert difference.configuration
    (change,) = difference.configuration
    assert (change.kind, change.name) == (Kind.CHANGED, "etc/ssh/sshd_config")
    assert change.lines == ("-PermitRootLogin yes", "+PermitRootLogin no")
    assert not difference.debian and not difference.same
    assert compare(old, old).same


def _only(files: object, name: str) -> dict[str, str]:
    assert isinstance(files, dict)
    return {name: files[name]}


def test_both_bills_of_materials_tell_the_same_packages(tmp_path: Path) -> None:
    for where in ("root", "initrd"):
        packages_tar(tmp_path / f"{where}.packages.tar")
    stock = collect.inventory("14.2.3-031", 0, tmp_path, wheels(tmp_path / "wheels"), {})
    one, other = (read(path, Runner(tmp_path / "log")) for path in collect.write(stock, tmp_path, "m"))
    assert one.packages == other.packages and ("deb", "libc-bin") in one.packages
    assert one.name == other.name == "14.2.3-031"
    assert compare(one, other).units is None, "they tell no files"


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda item: st.lists(item) | st.dictionaries(st.text(), item)
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for mark in ("manifest_version", "spdxVersion", "bomFormat"):
            path = Path(folder) / "x.json"
            path.write_text(
                json.dumps({mark: 1, "packages": value, "config": value, "metadata": value, "name": value})
            )
            try:
                read(path, Runner(Path(folder) / "log"))
            except NotComparable as refused:
                assert refused.hint()
