import asyncio
from pathlib import Path

import pytest

from gateway.queue import search
from gateway.queue.message import Message, Recipient, Stage
from gateway.queue.search import Selection
from gateway.queue.spool import Spool


async def fill(folder: Path) -> Path:
    spool = Spool(folder)
    for mid, sender, subject, domain in [
        (1, "a@one.example", "100% off", "b.example"),
        (2, "A@two.example", "100 off", "c.example"),
        (3, "", "bounce", "b.example"),
    ]:
        done: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        recipients = [Recipient(0, f"x{mid}@{domain}", domain, due=5.0)]
        spool.accept(
            Message(mid, sender, 100.0 * mid, 2, b"x\n", subject=subject, recipients=recipients),
            (),
            done.set_result,
        )
        assert await done is None
    path = spool.path
    await spool.close()
    return path


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({}, [1, 2, 3]),
        ({"mids": [2, 9]}, [2]),
        ({"sender": "a@"}, [1, 2]),
        ({"subject": "0% "}, [1]),
        ({"domain": "B.example"}, [1, 3]),
        ({"domain": "b.example", "sender": "one"}, [1]),
        ({"recipient": "X2@"}, [2]),
        ({"older": 750}, [1, 2]),
        ({"stage": "work"}, []),
        ({"stage": "ready", "recipient": "'; DROP TABLE message"}, []),
    ],
)
def test_selections(tmp_path: Path, selection: dict[str, object], expected: list[int]) -> None:
    path = asyncio.run(fill(tmp_path))
    found = search.mids(path, Selection.from_dict(selection), 1000.0)
    assert found == expected
    rows = search.rows(path, Selection.from_dict(selection), 1000.0, 2)
    assert rows["count"] == len(expected)
    assert [m["mid"] for m in rows["messages"]] == expected[:2]


def test_a_line_has_what_people_look_for(tmp_path: Path) -> None:
    path = asyncio.run(fill(tmp_path))
    (message,) = search.rows(path, Selection(mids=(2,)), 0.0, 10)["messages"]
    assert message["recipients"] == ["x2@c.example"]
    assert (message["attempts"], message["response"], message["due"]) == (0, "", 5.0)
    assert search.waiting(path) == {"b.example": 2, "c.example": 1}


def test_what_is_no_selection() -> None:
    assert Selection.from_dict({"stage": "held", "limit": 3}) == Selection(stage=Stage.HELD)
    with pytest.raises(KeyError):
        Selection.from_dict({"stage": "gone"})
