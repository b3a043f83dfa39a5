"""gateway.delivery.client"""

import asyncio
from pathlib import Path

import pytest

from gateway.delivery.client import Client
from gateway.delivery.ports import Host
from gateway.delivery.response import Response, Stage
from gateway.delivery.wire import ClientTimeouts, Job
from gateway.queue.message import Message, Recipient, Traits
from tests.gateway.delivery.scripted import OFFER, Scripted


class Recorder:
    """An owner with a list of jobs to send."""

    def __init__(self, jobs: list[Job], *, follow: bool = True) -> None:
        self.jobs = jobs
        self.follow = follow
        self.done: list[tuple[Job, list[Response]]] = []
        self.closed: asyncio.Future[tuple[list[tuple[Job, bool]], Response]] = (
            asyncio.get_running_loop().create_future()
        )

    def client_ready(self, client: Client) -> None:
        if self.jobs:
            client.send(self.jobs.pop(0))
        else:
            client.quit()

    def client_next(self, client: Client) -> Job | None:
        return self.jobs.pop(0) if self.jobs and self.follow else None

    def client_done(self, client: Client, job: Job, responses: list[Response]) -> None:
        self.done.append((job, responses))

    def client_closed(self, client: Client, jobs: list[tuple[Job, bool]], why: Response) -> None:
        self.closed.set_result((jobs, why))


def job(
    mid: int, body: bytes | Path = b"A: b\r\n\r\nhi\r\n", *, to: int = 1, traits: Traits = Traits.NONE
) -> Job:
    recipients = [Recipient(i, f"u{i}@b.example", "b.example") for i in range(to)]
    size = len(body) if isinstance(body, bytes) else body.stat().st_size
    return Job(Message(mid, "a@b", 0.0, size, traits=traits, recipients=recipients), recipients, body)


async def deliver(server: Scripted, jobs: list[Job], *, follow: bool = True) -> tuple[Recorder, Response]:
    owner = Recorder(jobs, follow=follow)
    client = Client(owner, "out.example", 1, Host("127.0.0.1", server.port), timeouts=ClientTimeouts())
    await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", server.port)
    async with asyncio.timeout(10):
        left, why = await owner.closed
    assert not left
    return owner, why


@pytest.mark.parametrize("offer", [OFFER, ("mx.test",)])
@pytest.mark.parametrize("follow", [True, False])
def test_several_messages_on_one_connection(offer: tuple[str, ...], follow: bool) -> None:
    async def test() -> None:
        async with Scripted(offer=offer) as server:
            bodies = [b"A: b\r\n\r\n%d\r\n" % n for n in range(5)]
            owner, _ = await deliver(server, [job(n, body) for n, body in enumerate(bodies)], follow=follow)
            assert server.messages == bodies
            assert [[str(r) for r in responses] for _, responses in owner.done] == [["2.0.0 Ok"]] * 5
            assert server.connections == 1
            assert server.commands.count(b"RSET") == 0

    asyncio.run(test())


@pytest.mark.parametrize("as_file", [True, False])
@pytest.mark.parametrize(
    "body",
    [
        b".\r\n..\r\n.x\r\n",
        b"no end",
        b"x\r\n" * 200_000,
        b"a" * (262144 - 2) + b"\r\n.b\r\n",
        b"a" * 262143 + b"\r\n.b",
    ],
)
def test_content_arrives_as_it_was(tmp_path: Path, body: bytes, as_file: bool) -> None:
    async def test() -> None:
        path = tmp_path / "body"
        path.write_bytes(b"R: x\r\n" + body)
        async with Scripted() as server:
            whole = b"R: x\r\n" + body
            await deliver(server, [job(1, path if as_file else whole, traits=Traits.DOTTED), job(2)])
            expected = whole if whole.endswith(b"\r\n") else whole + b"\r\n"
            assert server.messages[0] == expected
            assert len(server.messages) == 2

    asyncio.run(test())


@pytest.mark.parametrize("offer", [OFFER, ("mx.test",)])
def test_a_recipient_refused_and_one_put_off(offer: tuple[str, ...]) -> None:
    async def test() -> None:
        answers: dict[bytes, bytes | None] = {
            b"RCPT TO:<u0": b"550 5.1.1 unknown\r\n",
            b"RCPT TO:<u2": b"451-4.7.1 wait\r\n451 4.7.1 a bit\r\n",
        }
        async with Scripted(offer=offer, answers=answers) as server:
            owner, _ = await deliver(server, [job(1, to=3), job(2, to=2)])
            first = owner.done[0][1]
            assert [str(r) for r in first] == ["5.1.1 unknown", "2.0.0 Ok", "4.7.1 wait a bit"]
            assert first[0].permanent and not first[2].permanent
            assert len(server.messages) == 2

    asyncio.run(test())


@pytest.mark.parametrize("offer", [OFFER, ("mx.test",)])
@pytest.mark.parametrize("data", [b"354 go\r\n", b"503 5.5.1 no recipients\r\n"])
def test_nobody_accepted_nothing_delivered_and_the_connection_goes_on(
    offer: tuple[str, ...], data: bytes
) -> None:
    async def test() -> None:
        async with Scripted(offer=offer, answers={b"RCPT TO:<u": b"550 no\r\n", b"DATA": data}) as server:
            server.answers[b"RCPT TO:<u1"] = b"550 no\r\n"
            owner, _ = await deliver(server, [job(1), job(2)])
            assert [[r.code for r in responses] for _, responses in owner.done] == [[550], [550]]
            assert all(message == b"" for message in server.messages)

    asyncio.run(test())


@pytest.mark.parametrize("offer", [OFFER, ("mx.test",)])
def test_a_sender_refused(offer: tuple[str, ...]) -> None:
    async def test() -> None:
        answers: dict[bytes, bytes | None] = {b"MAIL": b"451 4.7.1 later\r\n", b"DATA": b"503 no\r\n"}
        async with Scripted(offer=offer, answers=answers) as server:
            owner, _ = await deliver(server, [job(1, to=2)])
            assert [r.code for r in owner.done[0][1]] == [451, 451]
            assert b"RSET" in server.commands

    asyncio.run(test())


def test_content_refused() -> None:
    async def test() -> None:
        async with Scripted(on_message=lambda body: b"554 5.7.1 spam\r\n") as server:
            owner, _ = await deliver(server, [job(1), job(2)])
            assert [[r.code for r in responses] for _, responses in owner.done] == [[554], [554]]

    asyncio.run(test())


@pytest.mark.parametrize(
    ("answers", "content", "code"),
    [({b"MAIL": None}, False, 421), ({b"DATA": None}, False, 421), ({b"RCPT": b"gibberish\r\n"}, False, 451)],
)
def test_a_connection_that_ends_gives_the_jobs_back(
    answers: dict[bytes, bytes | None], content: bool, code: int
) -> None:
    async def test() -> None:
        async with Scripted(answers=answers) as server:
            owner = Recorder([job(1)])
            client = Client(owner, "out.example", 1, Host("127.0.0.1", server.port))
            await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", server.port)
            jobs, why = await asyncio.wait_for(owner.closed, 10)
            assert [(j.message.mid, under_way) for j, under_way in jobs] == [(1, content)]
            assert why.code == code

    asyncio.run(test())


def test_lost_after_content_is_told_apart() -> None:
    async def test() -> None:
        async with Scripted(on_message=lambda body: None) as server:
            owner = Recorder([job(1), job(2)])
            client = Client(owner, "out.example", 1, Host("127.0.0.1", server.port))
            await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", server.port)
            jobs, _ = await asyncio.wait_for(owner.closed, 10)
            assert [(j.message.mid, under_way) for j, under_way in jobs] == [(1, True), (2, False)]

    asyncio.run(test())


@pytest.mark.parametrize("greeting", [b"554 go away\r\n", b"421 busy\r\n"])
def test_a_greeting_that_refuses(greeting: bytes) -> None:
    async def test() -> None:
        async with Scripted(greeting=greeting) as server:
            owner = Recorder([job(1)])
            client = Client(owner, "out.example", 1, Host("127.0.0.1", server.port))
            await asyncio.get_running_loop().create_connection(lambda: client, "127.0.0.1", server.port)
            jobs, why = await asyncio.wait_for(owner.closed, 10)
            assert not jobs and not client.ready
            assert (why.code, why.stage) == (int(greeting[:3]), Stage.GREETING)

    asyncio.run(test())


def test_old_servers_get_helo_and_no_parameters() -> None:
    async def test() -> None:
        async with Scripted(answers={b"EHLO": b"502 what?\r\n"}) as server:
            await deliver(server, [job(1, traits=Traits.EIGHT_BIT)])
            assert server.commands[:3] == [b"EHLO out.example", b"HELO out.example", b"MAIL FROM:<a@b>"]

    asyncio.run(test())


def test_internationalized_mail_needs_a_server_that_takes_it() -> None:
    async def test() -> None:
        async with Scripted(offer=("mx.test", "PIPELINING")) as server:
            owner, _ = await deliver(server, [job(1, traits=Traits.SMTPUTF8), job(2)])
            assert [[r.code for r in responses] for _, responses in owner.done] == [[550], [250]]

    asyncio.run(test())
