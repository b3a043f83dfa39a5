from __future__ import annotations

from pathlib import Path

from gateway.queue import store
from gateway.queue.census import census
from gateway.queue.message import Message, Recipient


def fill(folder: Path, *messages: tuple[int, list[str]]) -> None:
    folder.mkdir(parents=True)
    db = store.connect(folder / "queue.sqlite")
    for mid, recipients in messages:
        rows = [Recipient(rid, address, "x") for rid, address in enumerate(recipients)]
        store.insert(db, Message(mid, "a@b.example", 1.0, 3, b"abc", recipients=rows))
    db.close()


def test_where_a_message_is_does_not_count_and_that_it_is_does(tmp_path: Path) -> None:
    one, two = (1, ["x@y.example", "z@y.example"]), (2, ["x@y.example"])
    fill(tmp_path / "a/worker0", one, two)
    fill(tmp_path / "b/worker0", two)
    fill(tmp_path / "b/worker1", one)
    fill(tmp_path / "c/worker0", one, (3, ["x@y.example"]))
    fill(tmp_path / "d/worker0", (1, ["x@y.example"]), two)
    counted = census(tmp_path / "a")
    assert counted[0] == 2 and counted == census(tmp_path / "b")
    assert len({census(tmp_path / name)[1] for name in "acd"}) == 3
    assert census(tmp_path / "none") == (0, "0" * 64)
