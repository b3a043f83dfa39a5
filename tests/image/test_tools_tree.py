"""The tools tree with a stand-in for mmdebstrap, so that it can be killed cheaply."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from image import tools_tree
from image.command import CommandFailed, Runner
from image.sources import Sources

SOURCES = Sources("http://mirror.example/debian", None, ('Acquire::http::Proxy "http://p.example:3128/";',))


def install(folder: Path, body: str) -> None:
    """`mmdebstrap` in `folder`; the tree is its fifth-from-last word or wherever the release's successor is."""
    program = folder / "mmdebstrap"
    program.write_text(
        f'#!/bin/bash\nwhile [ "$1" != trixie ]; do shift; done\ntree=$2\nmkdir -p "$tree"\n{body}\n'
    )
    program.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.mark.process
def test_made_once_and_again_for_other_sources(tmp_path: Path, programs: Path) -> None:
    install(programs, 'date +%N > "$tree/made"')
    cache = tmp_path / "cache"
    runner = Runner(tmp_path / "log")
    first = tools_tree.ensure(cache, SOURCES, runner).root
    made = (first / "made").read_text()
    assert (tools_tree.ensure(cache, SOURCES, runner).root / "made").read_text() == made
    other = tools_tree.ensure(cache, Sources("http://other.example/debian", None), runner).root
    assert other != first
    assert not first.exists(), "an old tree is a gigabyte that nobody will use again"


@pytest.mark.process
def test_a_failed_tree_is_not_taken_for_one(tmp_path: Path, programs: Path) -> None:
    runner = Runner(tmp_path / "log")
    install(programs, "echo E: Temporary failure resolving mirror.example; exit 1")
    with pytest.raises(CommandFailed) as failed:
        tools_tree.ensure(tmp_path / "cache", SOURCES, runner)
    assert "network" in failed.value.hint()
    install(programs, 'touch "$tree/whole"')
    assert (tools_tree.ensure(tmp_path / "cache", SOURCES, runner).root / "whole").exists()


@pytest.mark.process
def test_killed_while_making_leaves_the_next_run_working(tmp_path: Path, programs: Path) -> None:
    cache = tmp_path / "cache"
    install(programs, 'touch "$tree/half"; sleep 60')
    code = (
        "from pathlib import Path; from image import tools_tree; from image.command import Runner;"
        "from tests.image.test_tools_tree import SOURCES;"
        f"tools_tree.ensure(Path({str(cache)!r}), SOURCES, Runner(Path({str(tmp_path / 'log')!r})))"
    )
    build = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    end = time.monotonic() + 20
    while not (cache / "tools.partial/half").exists():
        assert time.monotonic() < end, "the stand-in never started"
        time.sleep(0.02)
    os.killpg(build.pid, 9)
    build.wait()
    assert not tools_tree.place(cache, SOURCES).exists()
    install(programs, 'touch "$tree/whole"')
    root = tools_tree.ensure(cache, SOURCES, Runner(tmp_path / "log")).root
    assert (root / "whole").exists()
    assert not (root / "half").exists()


@pytest.mark.process
def test_signatures_are_dated_by_the_sources_and_not_by_the_clock(
    tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it two builds of the same release differ."""
    install(programs, 'touch "$tree/whole"')
    root = tools_tree.ensure(tmp_path / "cache", SOURCES, Runner(tmp_path / "log")).root
    faketime = programs / "faketime"
    faketime.write_text('#!/bin/sh\necho "$@"\n')
    faketime.chmod(0o755)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    wrapper = root / "usr/bin/systemd-sbsign"
    said = subprocess.run([wrapper, "sign", "x.efi"], capture_output=True, text=True, check=True).stdout
    assert said == "2026-01-01 00:00:00 /usr/lib/systemd/systemd-sbsign sign x.efi\n"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert subprocess.run([wrapper, "sign", "x.efi"], capture_output=True).returncode


def test_the_hosts_proxy_reaches_mmdebstrap_and_the_digest() -> None:
    without = Sources(SOURCES.archive, None)
    assert tools_tree.place(Path("/c"), SOURCES) != tools_tree.place(Path("/c"), without)


def test_a_program_in_the_tree_sees_only_what_it_is_given() -> None:
    words = tools_tree.ToolsTree(Path("/c/tools-1")).enter(
        writable=[Path("/c")], readable=[Path("/d")], chdir=Path("/d")
    )
    assert words[:4] == ["bwrap", "--bind", "/c/tools-1", "/"]
    pairs = {tuple(words[at : at + 3]) for at in range(len(words))}
    assert ("--bind", "/c", "/c") in pairs
    assert ("--ro-bind", "/d", "/d") in pairs
    assert words[words.index("--chdir") + 1] == "/d"
