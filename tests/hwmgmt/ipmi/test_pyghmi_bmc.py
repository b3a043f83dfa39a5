"""Against pyghmi's own BMC: the defects that only show there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hwmgmt.ipmi import boot, chassis, sel
from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.ipmi.session import Session
from hwmgmt.ipmi.target import Lan
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi.bmc_sim import free_port

pytestmark = pytest.mark.process


@contextmanager
def serving(*words: str) -> Iterator[Lan]:
    port = free_port()
    program = str(Path(__file__).with_name("pyghmi_bmc.py"))
    server = subprocess.Popen(
        [sys.executable, program, str(port), *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert server.stdout
        assert server.stdout.readline() == b"ready\n"
        yield Lan("127.0.0.1", "admin", "test", port)
    finally:
        server.kill()
        server.communicate(timeout=5)


def test_p1_login_falls_back_to_sha1() -> None:
    with serving() as target, Session(target) as session:
        assert chassis.status(session).power_on
        chassis.power(session, chassis.PowerAction.OFF)
        assert not chassis.status(session).power_on


def test_p3_boot_flags_that_are_none_are_malformed() -> None:
    with serving("boot-nonsense") as target, Session(target) as session:
        with pytest.raises(NoAnswer) as caught:
            boot.read(session)
        assert caught.value.reason is Reason.MALFORMED
        # The session lives on.
        assert chassis.status(session).power_on


def test_p8_two_sessions_do_not_meet() -> None:
    # In one process pyghmi's client and server share sockets by class; here each session has its own process.
    with serving() as one, serving() as other, Session(one) as first, Session(other) as second:
        assert chassis.status(first).power_on and chassis.status(second).power_on
        chassis.power(first, chassis.PowerAction.OFF)
        assert not chassis.status(first).power_on
        assert chassis.status(second).power_on


def test_p7_what_it_lacks_is_unsupported() -> None:
    with serving() as target, Session(target) as session:
        assert [entry.reason for entry in sel.entries(session)] == [Reason.UNSUPPORTED]
