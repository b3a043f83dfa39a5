import asyncio
from collections.abc import Callable
from pathlib import Path

from gateway.delivery.agent import Agent, AgentSettings
from gateway.delivery.ports import Backoff, Host, NextHop, PlainBouncer, StaticRouter
from gateway.logs.maillog import MailLog
from gateway.queue.message import Message, Recipient
from gateway.queue.numbers import Kind, Numbers
from gateway.queue.spool import Spool
from tests.gateway.delivery.scripted import Scripted


class Bench:
    """An agent on a real spool, relaying everything to one port."""

    def __init__(self, folder: Path, port: int, **hop: int) -> None:
        Numbers(folder / "numbers").take(Kind.MID)  # the tests' own MIDs stay below 1000
        numbers = Numbers(folder / "numbers")
        self.log_path = folder / "mail.current"
        self.log = MailLog(self.log_path)
        self.spool = Spool(folder / "spool")
        next_hop = NextHop("relay", (Host("127.0.0.1", port),), **hop)  # type: ignore[arg-type]
        self.agent = Agent(
            AgentSettings("out.example"),
            self.spool,
            numbers,
            self.log,
            StaticRouter({"ALL": next_hop}),
            Backoff(first=100, jitter=0, most=2),
            PlainBouncer("out.example"),
        )

    async def put(self, mid: int, *domains: str, received: float = 2e9) -> None:
        recipients = [Recipient(i, f"u{i}@{d}", d, due=1.0) for i, d in enumerate(domains)]
        body = b"Subject: %d\r\n\r\nhi\r\n" % mid
        message = Message(mid, "a@b.example", received, len(body), body, recipients=recipients)
        done: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self.spool.accept(message, (), done.set_result)
        assert await done is None
        self.agent.queued(message)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.005)

    async def close(self) -> str:
        await self.agent.drain(5)
        await self.spool.close()
        self.log.close()
        return self.log_path.read_text()


def test_mail_goes_out_and_leaves_the_spool(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted() as server:
            bench = Bench(tmp_path, server.port)
            for mid in range(1, 21):
                await bench.put(mid, "b.example", "c.example")
            await bench.until(lambda: bench.spool.messages == 0)
            assert len(server.messages) == 20
            assert server.connections < 20
            await bench.until(lambda: not bench.agent.live)
            log = await bench.close()
            assert "Info: Delivery start DCID 1 MID 1 to RID [0, 1]" in log
            assert "Info: MID 20 RID [0, 1] Response '2.0.0 Ok'" in log
            assert log.count("Message finished MID") == 20

    asyncio.run(test())


def test_put_off_refused_and_bounced(tmp_path: Path) -> None:
    async def test() -> None:
        answers: dict[bytes, bytes | None] = {
            b"RCPT TO:<u0@b.ex": b"451 4.2.0 later\r\n",
            b"RCPT TO:<u1@b.ex": b"550 5.1.1 no\r\n",
        }
        async with Scripted(answers=answers) as server:
            bench = Bench(tmp_path, server.port)
            await bench.put(1, "b.example", "b.example", "c.example")
            await bench.until(lambda: len(server.messages) == 2 and bench.spool.messages == 1)
            assert b"<u1@b.example>: 5.1.1 no" in server.messages[1]
            await bench.spool.commit.flush()
            left = bench.spool.load(1)
            assert left is not None
            assert [(r.rid, r.attempts, r.response) for r in left.recipients] == [(0, 1, "4.2.0 later")]
            log = await bench.close()
            assert "Bounced: DCID 1 MID 1 to RID 1 - 5.1.1" in log

    asyncio.run(test())


def test_a_hop_that_is_down_costs_one_attempt_not_thousands(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted() as server:
            port = server.port
        bench = Bench(tmp_path, port, connections=2)
        for mid in range(1, 31):
            await bench.put(mid, "b.example")
        await bench.until(lambda: bench.agent.destinations["relay"].failures == 1)
        await bench.spool.commit.flush()
        tried = [bench.spool.load(mid) for mid in range(1, 31)]
        assert 1 <= sum(m.recipients[0].attempts for m in tried if m) <= 4
        assert bench.spool.messages == 30
        destination = bench.agent.destinations["relay"]
        assert destination.down_until > bench.agent.loop.time() + 30
        # It comes back: the administrator says deliver now, or the pause is over.
        async with Scripted() as server:
            bench.agent.router = StaticRouter({"ALL": NextHop("relay", (Host("127.0.0.1", server.port),))})
            destination.hop = bench.agent.router.known("b.example") or destination.hop
            destination.works()
            destination.bad.clear()
            bench.agent.plan("b.example", 1.0)
            bench.agent.tick()
            await bench.until(lambda: len(server.messages) >= 26)
            await bench.close()

    asyncio.run(test())


def test_a_restart_delivers_what_was_left(tmp_path: Path) -> None:
    async def first() -> None:
        bench = Bench(tmp_path, 1)
        bench.agent.suspend()
        for mid in range(1, 121):
            await bench.put(mid, "b.example", f"d{mid % 7}.example")
        await bench.close()

    async def second() -> None:
        async with Scripted() as server:
            bench = Bench(tmp_path, server.port)
            bench.agent.load()
            bench.agent.tick()
            async with asyncio.timeout(10):
                while bench.spool.messages:
                    bench.agent.tick()
                    await asyncio.sleep(0.02)
            assert len(server.messages) == 120, "one transaction per message: all domains go to one hop"
            await bench.close()

    asyncio.run(first())
    asyncio.run(second())


def test_the_server_closes_between_messages(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted() as server:
            bench = Bench(tmp_path, server.port, messages=3)
            for mid in range(1, 11):
                await bench.put(mid, "b.example")
            await bench.until(lambda: bench.spool.messages == 0)
            assert server.connections >= 4
            assert len(server.messages) == 10
            await bench.close()

    asyncio.run(test())


def test_what_is_too_old_bounces_even_if_its_hop_rests(tmp_path: Path) -> None:
    async def test() -> None:
        bench = Bench(tmp_path, 1)
        bench.agent.schedule = Backoff(lifetime=1e9)
        bench.agent.suspend()
        await bench.put(1, "b.example", received=1.0)
        await bench.put(2, "b.example")
        bench.agent.expire()
        await bench.spool.commit.flush()
        assert bench.spool.load(1) is None
        assert bench.spool.load(2) is not None
        assert bench.spool.messages == 2, "the second message and a bounce"
        assert "5.4.7" in await bench.close()

    asyncio.run(test())


def test_backoff() -> None:
    schedule = Backoff(first=60, longest=3600, most=5, lifetime=10_000, jitter=0)
    assert [schedule.next_attempt(n, 0, 0) for n in (1, 2, 3)] == [60, 120, 240]
    assert schedule.next_attempt(5, 0, 0) == 960
    assert schedule.next_attempt(6, 0, 0) is None
    assert schedule.next_attempt(1, 0, 9_950) is None
