"""gateway.delivery.agent, connector and outcome, against servers on loopback"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from gateway.delivery.agent import Agent
from gateway.delivery.bounce import BounceProfile
from gateway.delivery.controls import RecipientRate
from gateway.delivery.dsn import Reporter
from gateway.delivery.notices import Notices
from gateway.delivery.ports import AgentSettings, Host, NextHop, RouteFailed
from gateway.delivery.response import Response, Stage
from gateway.logs.maillog import MailLog
from gateway.queue.message import Message, Recipient
from gateway.queue.numbers import Kind, Numbers
from gateway.queue.spool import Spool
from tests.gateway.delivery.routers import StaticRouter
from tests.gateway.delivery.scripted import Scripted


class Bench:
    """An agent on a real spool, relaying everything to one port."""

    def __init__(
        self, folder: Path, *ports: int, profile: BounceProfile | None = None, **hop: object
    ) -> None:
        folder.mkdir(exist_ok=True)
        Numbers(folder / "numbers").take(Kind.MID)  # the tests' own MIDs stay below 1000
        numbers = Numbers(folder / "numbers")
        self.log_path = folder / "mail.current"
        self.log = MailLog(self.log_path)
        self.spool = Spool(folder / "spool")
        hosts = tuple(Host("127.0.0.1", port, f"mx{n}.test", n) for n, port in enumerate(ports, 1))
        next_hop = NextHop("relay", hosts, **hop)  # type: ignore[arg-type]
        self.agent = Agent(
            AgentSettings("out.example"),
            self.spool,
            numbers,
            self.log,
            StaticRouter({"ALL": next_hop}, profile or BounceProfile()),
            Notices(Reporter("out.example")),
            bounce_log=MailLog(folder / "bounces.current"),
        )

    async def put(
        self,
        mid: int,
        *domains: str,
        sender: str = "a@b.example",
        notify: str = "",
        due: float = 1.0,
        received: float = 0.0,
        names: str = "",
    ) -> None:
        locals_ = names or [f"u{i}" for i in range(len(domains))]
        recipients = [
            Recipient(i, f"{locals_[i]}@{d}", d, due=due, notify=notify) for i, d in enumerate(domains)
        ]
        body = b"Subject: %d\r\n\r\nhi\r\n" % mid
        message = Message(mid, sender, received or time.time(), len(body), body, recipients=recipients)
        done: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        self.spool.accept(message, (), done.set_result)
        assert await done is None
        if due < time.time():
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
            assert b"Diagnostic-Code: smtp; 550 5.1.1 no" in server.messages[1]
            await bench.spool.commit.flush()
            left = bench.spool.load(1)
            assert left is not None
            assert [(r.rid, r.attempts, r.response) for r in left.recipients] == [(0, 1, "4.2.0 later")]
            log = await bench.close()
            assert (
                "Bounced: DCID 1 MID 1 to RID 1 - 5.1.0 - Unknown address error ('550', ['5.1.1 no'])" in log
            )

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
            destination.works()
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


def test_the_next_host_is_tried_when_one_is_dead_busy_or_gone(tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            Scripted(greeting=b"421 busy\r\n") as busy,
            Scripted(greeting=b"554 go away\r\n") as closed,
            Scripted(answers={b"MAIL": b"421 4.3.2 shutting down\r\n"}) as leaving,
            Scripted() as good,
        ):
            bench = Bench(tmp_path, 9, busy.port, closed.port, leaving.port, good.port)
            await bench.put(1, "b.example")
            await bench.until(lambda: bench.spool.messages == 0)
            assert [one.connections for one in (busy, closed, leaving, good)] == [1, 1, 1, 1]
            log = await bench.close()
            assert "Connection Error: DCID 1 domain: relay IP: 127.0.0.1 port: 9" in log
            assert "Delayed" not in log, "another host took it: nothing was put off"

    asyncio.run(test())


def test_when_no_host_is_left_the_mail_waits(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted(answers={b"RCPT": b"421 4.3.2 shutting down\r\n"}) as one:
            bench = Bench(tmp_path, one.port, one.port)
            await bench.put(1, "b.example")
            await bench.until(lambda: bench.agent.counters["deferred"] == 1)
            log = await bench.close()
            assert "4.3.2 - Not accepting messages at this time ('421', ['4.3.2 shutting down'])" in log

    asyncio.run(test())


def test_content_that_may_have_arrived_is_not_sent_again_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted(on_message=lambda body: None) as one, Scripted() as two:
            bench = Bench(tmp_path, one.port, two.port)
            await bench.put(1, "b.example")
            await bench.until(lambda: bench.agent.counters["deferred"] == 1)
            assert (len(one.messages), len(two.messages)) == (1, 0)
            await bench.close()

    asyncio.run(test())


def test_the_sender_hears_of_a_failure_and_a_bounce_never_bounces(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted(answers={b"RCPT": b"550 5.1.1 no\r\n"}) as server:
            bench = Bench(tmp_path, server.port)
            await bench.put(1, "b.example")
            await bench.until(lambda: bench.agent.counters["bounced"] == 2)
            await bench.until(lambda: bench.spool.messages == 0)
            assert b"MAIL FROM:<> SIZE=" in b"\n".join(server.commands)
            log = await bench.close()
            assert log.count("was generated for bounce of MID") == 1
            assert bench.agent.outcome._bounce_log is not None
            bench.agent.outcome._bounce_log.close()
            lines = (tmp_path / "bounces.current").read_text().splitlines()
            assert lines[0].endswith(
                "Info: Bounced: DCID 1 MID 1 From:<a@b.example> To:<u0@b.example> RID 0"
                " - 5.1.0 - Unknown address error ('550', ['5.1.1 no'])"
            )
            assert "From:<> To:<a@b.example>" in lines[1]

    asyncio.run(test())


def test_delays_are_told_once(tmp_path: Path) -> None:
    profile = BounceProfile(delay_notices=True, notice_interval=0.001)

    async def test() -> None:
        answers: dict[bytes, bytes | None] = {b"RCPT TO:<u0": b"451 4.2.0 later\r\n"}
        async with Scripted(answers=answers) as server:
            bench = Bench(tmp_path, server.port, profile=profile)
            await bench.put(1, "b.example")
            await bench.until(lambda: any(server.messages))
            (notice,) = filter(None, server.messages)
            assert b"Action: delayed" in notice
            assert b"Will-Retry-Until: " in notice
            await bench.until(lambda: bench.spool.messages == 1)
            left = bench.spool.load(1)
            assert left is not None
            assert left.recipients[0].notices == 1
            await bench.close()

    asyncio.run(test())


def test_success_is_confirmed_where_the_next_server_will_not(tmp_path: Path) -> None:
    async def test() -> None:
        for offer, notices in ((("mx.test", "PIPELINING"), 1), (("mx.test", "DSN"), 0)):
            async with Scripted(offer=offer) as server:
                bench = Bench(tmp_path / str(notices), server.port)
                await bench.put(1, "b.example", notify="SUCCESS")
                await bench.until(lambda bench=bench: bench.spool.messages == 0)  # type: ignore[misc]
                assert len(server.messages) == 1 + notices
                assert sum(b"Action: relayed" in message for message in server.messages) == notices
                await bench.close()

    asyncio.run(test())


def test_what_waits_too_long_bounces_although_its_destination_rests(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted() as server:
            bench = Bench(tmp_path, server.port, profile=BounceProfile(longest_time=3_600))
            await bench.put(1, "b.example", due=2e9, received=time.time() - 4_000)
            await bench.until(lambda: not bench.agent.live)
            bench.agent._aged_at = 0.0
            bench.agent.tick()
            await bench.until(lambda: len(server.messages) == 1)
            assert b"Status: 5.4.7" in server.messages[0]
            assert b"Subject: 1" in server.messages[0], "with the message's own header"
            await bench.close()

    asyncio.run(test())


def test_no_more_recipients_than_the_rate_allows(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted() as server:
            bench = Bench(tmp_path, server.port, recipients=RecipientRate(5, 60), connections=1)
            for mid in range(1, 5):
                await bench.put(mid, "b.example", "b.example")
            await bench.until(lambda: len(server.messages) == 3)
            await asyncio.sleep(0.05)
            assert sum(command.startswith(b"RCPT") for command in server.commands) == 5
            assert bench.agent.destinations["relay"].held_until > bench.agent.loop.time()
            await bench.close()

    asyncio.run(test())


def test_long_recipient_lists_are_split(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted() as server:
            bench = Bench(tmp_path, server.port)
            await bench.put(1, *["b.example"] * 250)
            await bench.until(lambda: bench.spool.messages == 0)
            assert len(server.messages) == 3
            await bench.close()

    asyncio.run(test())


def test_never_more_connections_than_allowed(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted() as server:
            bench = Bench(tmp_path, server.port, connections=2, messages=5)
            for mid in range(1, 41):
                await bench.put(mid, "b.example")
                assert bench.agent.limiter.connections <= 2
            await bench.until(lambda: bench.spool.messages == 0)
            assert server.connections >= 8
            await bench.close()
            await asyncio.sleep(0.05)
            assert bench.agent.limiter.connections == 0

    asyncio.run(test())


def test_a_route_to_nowhere(tmp_path: Path) -> None:
    async def test() -> None:
        bench = Bench(tmp_path, discard=True)
        await bench.put(1, "b.example")
        await bench.until(lambda: bench.spool.messages == 0)
        assert "Response '2.0.0 discarded by SMTP route'" in await bench.close()

    asyncio.run(test())


class Slow(StaticRouter):
    """A router that has to look up one domain first."""

    def __init__(self, hop: NextHop) -> None:
        super().__init__({"ALL": hop})
        self.found = False

    def known(self, domain: str, gateway: str = "") -> NextHop | None:
        return super().known(domain) if self.found or domain == "b.example" else None

    async def find(self, domain: str, gateway: str = "") -> NextHop:
        await asyncio.sleep(0.01)
        if domain == "gone.example":
            raise RouteFailed(domain, Response(550, "5.1.2", "no such domain", Stage.ROUTE))
        self.found = True
        return await super().find(domain)


def test_recipients_of_one_message_whose_routes_come_at_different_times(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted() as server:
            bench = Bench(tmp_path, server.port)
            bench.agent.router = bench.agent.outcome.router = Slow(
                NextHop("r", (Host("127.0.0.1", server.port),))
            )
            await bench.put(1, "b.example", "c.example")
            async with asyncio.timeout(10):
                while bench.spool.messages:
                    bench.agent.tick()
                    await asyncio.sleep(0.05)
            assert len(server.messages) == 2
            await bench.close()

    asyncio.run(test())


def test_a_domain_that_does_not_exist_bounces(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted() as server:
            bench = Bench(tmp_path, server.port)
            bench.agent.router = bench.agent.outcome.router = Slow(
                NextHop("r", (Host("127.0.0.1", server.port),))
            )
            await bench.put(1, "gone.example")
            await bench.until(lambda: len(server.messages) == 1)
            assert b"Status: 5.1.2" in server.messages[0]
            log = await bench.close()
            assert (
                "Bounced: DCID 0 MID 1 to RID 0 - 5.1.2 - Bad destination host ('000', ['no such domain'])"
                in log
            )

    asyncio.run(test())


def test_a_changed_route_applies_to_mail_that_waits(tmp_path: Path) -> None:
    async def test() -> None:
        async with Scripted() as new:
            bench = Bench(tmp_path, 9, connections=1)
            await bench.put(1, "b.example", due=1.0)
            await bench.until(lambda: bench.agent.counters["deferred"] == 1)
            bench.agent.destinations["relay"].works()
            bench.agent.suspended = True
            for mid in range(2, 6):
                await bench.put(mid, "b.example")
            bench.agent.suspended = False
            router = StaticRouter({"ALL": NextHop("new", (Host("127.0.0.1", new.port),))})
            bench.agent.configure(bench.agent.settings, router, bench.agent.outcome.notices)
            await bench.until(lambda: len(new.messages) == 4)
            assert b"Subject: 1" not in b"".join(new.messages), "the first one waits for its time"
            bench.agent.deliver_now()
            await bench.close()

    asyncio.run(test())
