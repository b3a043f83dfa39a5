from pathlib import Path

import pytest

from image import additions

PEM = "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n"


def test_every_public_release_key_is_baked_in_and_nothing_private(tmp_path: Path) -> None:
    keys, tree = tmp_path / "keys", tmp_path / "tree"
    keys.mkdir()
    (keys / "release.key").write_text("-----BEGIN PRIVATE KEY-----\n")
    (keys / "release.pub").write_text(PEM)
    (keys / "release-2027.pub").write_text(PEM)
    additions.stage_keys(tree, additions.release_keys(keys))
    placed = tree / "usr/lib/mailward/release-keys"
    assert {path.name for path in tree.rglob("*") if path.is_file()} == {"release.pub", "release-2027.pub"}
    assert (placed / "release.pub").read_text() == PEM
    assert (placed / "release.pub").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("content", [None, "ssh-ed25519 AAAA", "-----BEGIN PRIVATE KEY-----\n"])
def test_a_folder_without_a_usable_release_key_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "release.pub").write_text(content)
    with pytest.raises(additions.NoReleaseKey):
        additions.release_keys(tmp_path)


def test_a_changed_tree_is_another_build(tmp_path: Path) -> None:
    tree = tmp_path / "site"
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/tool").write_text("one")
    before = additions.digest(tree)
    assert additions.digest(tree) == before
    (tree / "usr/bin/tool").write_text("two")
    assert additions.digest(tree) != before
    with pytest.raises(additions.NoTree):
        additions.digest(tmp_path / "nowhere")
