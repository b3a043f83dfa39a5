"""Commit, ended before each of its system calls: the next start finds the old or the new one, never a mixture.

Three ways to end: an exception after which no call works any more, SIGKILL of a real process, and a power cut that
takes with it whatever was not synced.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config import edit, xml
from gateway.config.durable import Disk
from gateway.config.model import Config
from gateway.config.store import Store
from gateway.config.transaction import Recovered
from tests.gateway.config.made import BEGIN, Applied, Clock, store

NEW = edit.update(BEGIN, (), hostname="new.example.com")


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is durable is this file's own account; the real disk would only take its time."""
    if not request.node.get_closest_marker("process"):
        monkeypatch.setattr(os, "fsync", lambda handle: None)


class PowerOff(BaseException):
    """Nothing runs after it."""


class Dying(Disk):
    """Ends at the call with the given number (from 1), and at all behind it."""

    def __init__(self, last: int, end: Callable[[], None]) -> None:
        self.left = last
        self._end = end

    def step(self, what: str, path: Path) -> None:
        self.left -= 1
        if self.left <= 0:
            self._end()


class Forgetful(Dying):
    """Knows what is on the platters: content that was synced, under names whose folder was synced."""

    def __init__(self, last: int, end: Callable[[], None], root: Path) -> None:
        super().__init__(last, end)
        self._root = root
        self._content = {path.stat().st_ino: path.read_bytes() for path in _files(root)}
        self.durable = {path: path.read_bytes() for path in _files(root)}

    def create(self, path: Path, data: bytes, *, like: Path | None = None) -> None:
        super().create(path, data, like=like)
        self._content[path.stat().st_ino] = data

    def sync(self, folder: Path) -> None:
        super().sync(folder)
        self.durable = {path: text for path, text in self.durable.items() if path.parent != folder}
        for path in folder.iterdir():
            if path.is_file():
                self.durable[path] = self._content.get(path.stat().st_ino, b"")

    def cut(self) -> None:
        """The disk as it is found when the power is back."""
        for path in _files(self._root):
            path.unlink()
        for path, text in self.durable.items():
            path.write_bytes(text)


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


class System(Applied):
    """What follows the configuration: it knows which."""

    follows: Config | None = BEGIN

    def apply(self, old: Config | None, new: Config) -> None:
        self.follows = None  # half of it, until it is done
        super().apply(old, new)
        self.follows = new


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store where ann has something to commit, and two commits are behind it."""
    folder = tmp_path_factory.mktemp("template")
    place = store(folder)
    place.edit("ann", edit.update(BEGIN, (), hostname="first.example.com"))
    place.commit("ann", "", System())
    place.edit("ann", BEGIN)
    place.commit("ann", "", System())
    place.edit("ann", NEW)
    return folder


@pytest.fixture(scope="module")
def calls(template: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls a commit is."""
    disk = Dying(1 << 30, off)
    folder = tmp_path_factory.mktemp("whole") / "folder"
    Store(copied(template, folder), Clock(), disk).commit("ann", "to new", System())
    return (1 << 30) - disk.left


def copied(template: Path, folder: Path) -> Path:
    return Path(shutil.copytree(template, folder))


def off() -> None:
    raise PowerOff


def judge(folder: Path, system: System, *, restarted: bool) -> Config:
    """After the next start: what runs, checked to be one thing everywhere."""
    place = Store(folder, Clock())
    seen = place.running().config  # before anything was recovered: one of the two as well
    assert seen in (BEGIN, NEW)
    found = place.recover(None if restarted else system)
    running = place.running()
    assert running.config in (BEGIN, NEW)
    assert xml.load(folder / "config.xml") == running.config == seen
    if restarted:
        system.apply(None, running.config)  # what the start does
    assert system.follows == running.config, found
    if running.config == NEW:
        assert (running.number, running.who, running.comment) == (4, "ann", "to new")
        assert place.revision(4).config == NEW
        assert place.history()[0].changes[0].new == "new.example.com"
        assert place.candidates() == []
    else:
        assert running.number == 3
        assert place.candidate("ann").config == NEW
        assert [record.stamp.number for record in place.history()] == [3, 2, 1]
    left = {path.name for path in (folder / ".store").iterdir()}
    assert left - {".commit.new", ".state.new"} == {"candidates", "history", "lock", "state"}
    assert place.recover() is Recovered.NOTHING
    place.edit("bob", edit.update(running.config, (), dictionary_limit=120))
    assert place.commit("bob", "", system).number == running.number + 1
    return running.config


def test_ended_at_each_call(tmp_path: Path, template: Path, calls: int) -> None:
    assert calls > 30
    found = []
    for last in range(1, calls + 1):
        folder = copied(template, tmp_path / str(last))
        system = System()
        with pytest.raises(PowerOff):
            Store(folder, Clock(), Dying(last, off)).commit("ann", "to new", system)
        found.append(judge(folder, system, restarted=False) == NEW)
    assert found == sorted(found) and {False, True} == set(found)  # old up to a point, new from there


def test_power_cut_at_each_call(tmp_path: Path, template: Path, calls: int) -> None:
    found = []
    for last in range(1, calls + 1):
        folder = copied(template, tmp_path / str(last))
        disk = Forgetful(last, off, folder)
        with pytest.raises(PowerOff):
            Store(folder, Clock(), disk).commit("ann", "to new", System())
        disk.cut()
        found.append(judge(folder, System(), restarted=True) == NEW)
    assert found == sorted(found) and {False, True} == set(found)


def test_interrupted_while_recovering(tmp_path: Path, template: Path, calls: int) -> None:
    """The power goes in the middle of a commit, and again at each call of what the next start does about it."""
    for last in range(1, calls + 1, 6):
        broken = copied(template, tmp_path / str(last))
        with pytest.raises(PowerOff):
            Store(broken, Clock(), Dying(last, off)).commit("ann", "to new", System())
        for again in range(1, 60):
            folder = tmp_path / f"{last}-{again}"
            shutil.copytree(broken, folder)
            try:
                Store(folder, Clock(), Dying(again, off)).recover()
            except PowerOff:
                judge(folder, System(), restarted=True)
            else:
                break
        else:
            pytest.fail("recovering does not end")


def test_an_interrupted_apply_is_set_right_by_the_next_commit(tmp_path: Path, template: Path) -> None:
    class Cut(System):
        def apply(self, old: Config | None, new: Config) -> None:
            raise PowerOff

    disk = Dying(1 << 30, off)
    place = Store(copied(template, tmp_path / "store"), Clock(), disk)

    class Off(Cut):
        def apply(self, old: Config | None, new: Config) -> None:
            disk.left = 0
            super().apply(old, new)

    with pytest.raises(PowerOff):
        place.commit("ann", "to new", Off())
    assert store(tmp_path / "store").running().config == BEGIN
    assert xml.load(tmp_path / "store" / "config.xml") == NEW  # nobody is to read it before `recover`
    system = System()
    assert store(tmp_path / "store").commit("ann", "again", system).number == 4
    assert system.calls == [(None, "new.example.com")]


@pytest.mark.process
def test_killed_at_each_call(tmp_path: Path, template: Path, calls: int) -> None:
    """SIGKILL, as the kernel does it, of a process that commits."""
    for last in range(1, calls + 1):
        folder = copied(template, tmp_path / str(last))
        child = os.fork()
        if child == 0:
            try:
                die = Dying(last, lambda: os.kill(os.getpid(), signal.SIGKILL))
                Store(folder, Clock(), die).commit("ann", "to new", Applied())
            finally:
                os._exit(9)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        judge(folder, System(), restarted=True)
