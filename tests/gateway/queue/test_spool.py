import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.queue import store
from gateway.queue.commit import Operation
from gateway.queue.errors import SpoolBroken
from gateway.queue.message import Message, Recipient, Stage, Traits
from gateway.queue.spool import Spool, SpoolLimits


def message(
    mid: int, body: bytes = b"Subject: x\r\n\r\nhi\r\n", domains: tuple[str, ...] = ("b.example",)
) -> Message:
    recipients = [Recipient(i, f"u{i}@{d}", d, due=float(mid)) for i, d in enumerate(domains)]
    return Message(mid, "a@b", 1.0, len(body), body, 7, "In", Traits.DOTTED, "FULL", "e1", "x", recipients)


async def accept(spool: Spool, m: Message, files: tuple[int, ...] = ()) -> Exception | None:
    future: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
    spool.accept(m, files, future.set_result)
    return await future


def test_what_was_accepted_is_there_after_a_restart(tmp_path: Path) -> None:
    async def first() -> None:
        spool = Spool(tmp_path)
        assert await accept(spool, message(1, domains=("b.example", "c.example"))) is None
        # No close: as after kill -9.

    async def second() -> None:
        spool = Spool(tmp_path)
        assert (spool.messages, spool.octets) == (1, 18)
        found = spool.load(1)
        assert found is not None
        expected = message(1, domains=("b.example", "c.example"))
        body, expected.body = expected.body, None
        assert found == expected
        assert spool.content(found) == body
        assert sorted(store.domains(spool.reader, Stage.READY)) == [
            ("b.example", 1, 1.0),
            ("c.example", 1, 1.0),
        ]
        await spool.close()

    asyncio.run(first())
    asyncio.run(second())


def test_messages_of_one_moment_share_a_commit(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path)
        await asyncio.gather(*(accept(spool, message(mid)) for mid in range(1, 51)))
        assert spool.commit.operations == 50
        assert spool.commit.commits <= 2
        await spool.close()

    asyncio.run(test())


def test_large_content_is_a_file_and_goes_with_its_message(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path, inline=1000)
        writer = spool.writer(5)
        for _ in range(30):
            writer.write(b"x" * 100)
        assert len(writer.head()) <= 65536 and writer.held < 1200
        body, files = writer.finish()
        assert isinstance(body, Path) and len(files) == 1
        m = message(5)
        m.body, m.size = body, writer.size
        assert await accept(spool, m, files) is None
        assert body.read_bytes() == b"x" * 3000
        m.recipients = []
        spool.settle(m)
        await spool.commit.flush()
        assert not body.exists()
        assert (spool.messages, spool.octets) == (0, 0)
        await spool.close()

    asyncio.run(test())


def test_orphans_are_removed_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "body").mkdir()
    orphan = tmp_path / "body" / "17"
    orphan.write_bytes(b"no row")

    async def test() -> None:
        await Spool(tmp_path).close()

    asyncio.run(test())
    assert not orphan.exists()


def test_recipients_go_one_by_one(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path)
        m = message(1, domains=("b.example", "c.example", "b.example"))
        await accept(spool, m)
        late = m.recipients[1]
        late.due, late.attempts, late.response = 99.0, 1, "4.0.0 later"
        spool.settle(m, [0], [late])
        await spool.commit.flush()
        found = spool.load(1)
        assert found is not None
        assert [(r.rid, r.due, r.response) for r in found.recipients] == [
            (1, 99.0, "4.0.0 later"),
            (2, 1.0, ""),
        ]
        assert store.due(spool.reader, "c.example", 50.0, 10) == []
        assert store.earliest(spool.reader, "c.example", 0.0) == 99.0
        await spool.close()

    asyncio.run(test())


def test_a_failed_group_is_not_kept_and_says_so(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path)
        await accept(spool, message(1))
        error = await accept(spool, message(1))
        assert isinstance(error, sqlite3.IntegrityError)
        assert spool.messages == 1
        assert await accept(spool, message(2)) is None
        await spool.close()

    asyncio.run(test())


def test_what_already_happened_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.queue.commit.RETRY", 0.01)

    async def test() -> None:
        spool = Spool(tmp_path)
        tries = 0

        def apply(db: sqlite3.Connection) -> None:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise sqlite3.OperationalError("database or disk is full")

        future: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        spool.commit.submit(Operation(apply, future.set_result, keep=True))
        assert await future is None
        assert tries == 3
        await spool.close()

    asyncio.run(test())


def test_limits(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path, limits=SpoolLimits(octets=100, reserve=0))
        assert spool.has_room(100) and not spool.has_room(101)
        assert not spool.full
        spool.messages, spool.octets = 3, 100
        assert "queue_size" in spool.full and not spool.has_room()
        spool.limits = SpoolLimits(messages=3, reserve=0)
        assert "3 messages are queued" in spool.full and not spool.has_room()
        spool.limits = SpoolLimits(messages=4, reserve=0)
        assert not spool.full and spool.has_room()
        spool.limits = SpoolLimits(reserve=1 << 60)
        spool._checked = -100
        assert not spool.has_room()
        assert "reserve" in spool.full
        await spool.close()

    asyncio.run(test())


def test_a_file_that_is_no_spool(tmp_path: Path) -> None:
    (tmp_path / "queue.sqlite").write_bytes(b"not a database" * 100)

    async def test() -> None:
        with pytest.raises(SpoolBroken) as caught:
            Spool(tmp_path)
        assert "not a database" in str(caught.value)

    asyncio.run(test())


def test_a_spool_of_a_later_release_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "queue.sqlite") as db:
        db.execute(f"PRAGMA user_version={store.VERSION + 1}")

    async def test() -> None:
        with pytest.raises(SpoolBroken):
            Spool(tmp_path)

    asyncio.run(test())
