import asyncio
from ipaddress import ip_address
from pathlib import Path

from gateway.access.authentication import Authenticator, Outcome
from gateway.access.limits import SenderLimits
from gateway.access.policies import Limits
from gateway.access.shared import Gauges, SharedTable, Windows
from tests.gateway.access.test_passwords import cheap

ACCOUNTS = {"müller": cheap("s3cret")}
HERE, THERE = ip_address("192.0.2.1"), ip_address("192.0.2.2")


def authenticator(folder: Path, worker: int = 0) -> Authenticator:
    tables = [SharedTable(folder / name, worker, 2, slots=64) for name in ("rates", "connections")]
    return Authenticator(SenderLimits(Windows(tables[0]), Gauges(tables[1]), clock=lambda: 1800.0), delay=0.0)


def test_right_and_wrong(tmp_path: Path) -> None:
    async def test() -> None:
        one = authenticator(tmp_path)
        for login, password, expected in (
            ("Müller", "s3cret", Outcome.GOOD),
            ("müller", "S3cret", Outcome.WRONG),
            ("nobody", "s3cret", Outcome.WRONG),
            ("", "", Outcome.WRONG),
        ):
            assert await one.check(ACCOUNTS, HERE, Limits(), 9, login, password) is expected, login

    asyncio.run(test())


def test_a_host_may_guess_so_often_over_all_workers(tmp_path: Path) -> None:
    async def test() -> None:
        workers = [authenticator(tmp_path, n) for n in range(2)]
        for turn in range(3):
            assert await workers[turn % 2].check(ACCOUNTS, HERE, Limits(), 3, "müller", "x") is Outcome.WRONG
        for worker in workers:
            assert await worker.check(ACCOUNTS, HERE, Limits(), 3, "müller", "s3cret") is Outcome.BLOCKED
            assert await worker.check(ACCOUNTS, THERE, Limits(), 3, "müller", "s3cret") is Outcome.GOOD
            assert await worker.check(ACCOUNTS, HERE, Limits(), 0, "müller", "s3cret") is Outcome.GOOD

    asyncio.run(test())


def test_a_crowd_of_connections_does_not_pass_the_limit(tmp_path: Path) -> None:
    async def test() -> None:
        one = authenticator(tmp_path)
        outcomes = await asyncio.gather(
            *(one.check(ACCOUNTS, HERE, Limits(), 3, "müller", str(n)) for n in range(10))
        )
        assert outcomes.count(Outcome.WRONG) == 3
        assert outcomes.count(Outcome.BLOCKED) == 7

    asyncio.run(test())
