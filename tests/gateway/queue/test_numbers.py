from pathlib import Path

import pytest

from gateway.queue.errors import SpoolBroken
from gateway.queue.numbers import Kind, Numbers


def test_workers_and_restarts_never_share_a_number(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    workers = [Numbers(path, block=3) for _ in range(3)]
    taken = [worker.take(kind) for kind in Kind for _ in range(5) for worker in workers]
    again = Numbers(path, block=3)
    for kind in Kind:
        mine = [w.take(kind) for w in [*workers, again]]
        assert len(set(mine)) == 4
    per_kind = len(taken) // 3
    for start in range(0, len(taken), per_kind):
        part = taken[start : start + per_kind]
        assert len(set(part)) == per_kind
    one = Numbers(path)
    assert [one.take(Kind.MID) + 1, one.take(Kind.MID)][0] == one.take(Kind.MID) - 1


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    path.write_text("x" * 100)
    with pytest.raises(SpoolBroken) as caught:
        Numbers(path).take(Kind.MID)
    assert str(path) in str(caught.value)
