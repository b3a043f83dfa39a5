import asyncio
from pathlib import Path

from gateway.logs.maillog import MailLog
from gateway.queue.message import Message, Recipient, Stage
from gateway.queue.spool import Spool
from gateway.queue.work import Fate, Filter, WorkQueue


async def put(spool: Spool, work: WorkQueue, mid: int) -> None:
    recipients = [Recipient(0, "x@b.example", "b.example", stage=work.stage)]
    message = Message(mid, "a@b", 1.0, 2, b"x\n", recipients=recipients)
    done: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
    spool.accept(message, (), done.set_result)
    assert await done is None
    work.queued(message)


def make(folder: Path, filter_: Filter | None = None) -> tuple[Spool, WorkQueue, list[int]]:
    spool = Spool(folder)
    delivered: list[int] = []
    work = WorkQueue(spool, MailLog(folder / "log"), lambda m: delivered.append(m.mid), filter_)
    return spool, work, delivered


def test_without_filters_a_message_passes_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        spool, work, delivered = make(tmp_path)
        await put(spool, work, 1)
        assert delivered == [1]
        await spool.close()

    asyncio.run(test())


def test_paused_messages_wait_even_over_a_restart(tmp_path: Path) -> None:
    async def first() -> None:
        spool, work, delivered = make(tmp_path)
        work.pause()
        await put(spool, work, 1)
        assert (delivered, work.waiting) == ([], 1)
        await spool.close()

    async def second() -> None:
        spool, work, delivered = make(tmp_path)
        work.pause()
        work.load()
        assert work.waiting == 1
        work.resume()
        while not delivered:
            await asyncio.sleep(0.01)
        found = spool.load(1)
        assert found is not None and found.recipients[0].stage is Stage.READY
        await spool.close()

    asyncio.run(first())
    asyncio.run(second())


def test_filters_decide_and_a_broken_one_loses_nothing(tmp_path: Path) -> None:
    async def judge(message: Message) -> Fate:
        if message.mid == 3:
            raise RuntimeError("filter bug")
        return Fate.DROP if message.mid == 2 else Fate.DELIVER

    async def test() -> None:
        spool, work, delivered = make(tmp_path, judge)
        for mid in (1, 2, 3):
            await put(spool, work, mid)
        while spool.messages > 2 or not delivered:
            await asyncio.sleep(0.01)
        assert delivered == [1]
        assert spool.load(2) is None
        left = spool.load(3)
        assert left is not None and left.recipients[0].stage is Stage.WORK
        await spool.close()

    asyncio.run(test())
