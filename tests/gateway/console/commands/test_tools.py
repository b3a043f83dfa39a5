"""Programs: what reaches them, and with which rights."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.elements.roles import Role
from gateway.console.commands.tools import host_name
from gateway.console.errors import BadAnswer, NotPermitted
from gateway.console.identity import Identity
from tests.gateway.console.scripted import Console


@pytest.mark.parametrize("command", ["ping", "ping6", "traceroute", "telnet"])
@pytest.mark.parametrize("host", ["-f", "--help", "a b", "a;reboot", "$(id)", "a\nb", "`id`", "x" * 300])
def test_a_host_is_a_host_and_no_option(console: Console, command: str, host: str) -> None:
    with pytest.raises(BadAnswer):
        console.batch(command, f"host={host}")
    assert console.programs.ran == []


@given(st.text())
def test_no_text_becomes_an_option(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert not host_name(text).startswith("-")


def test_ping_runs_without_rights_and_with_an_end(console: Console) -> None:
    found = console.batch("ping", "mx.example.net", "count=2")
    assert found["status"] == 0 and "64 bytes from" in found["output"][1]
    assert console.programs.ran == [(["ping", "-c", "2", "--", "mx.example.net"], False)]
    console.batch("ping6", "2001:db8::1")
    assert console.programs.ran[-1] == (["ping", "-6", "-c", "4", "--", "2001:db8::1"], False)


def test_a_capture_is_bounded_and_its_filter_is_one_word(console: Console) -> None:
    console.batch("packetcapture", "start", "eth0", "filter=-w /etc/passwd", "megabytes=5", "seconds=60")
    [(words, root)] = console.programs.ran
    assert root and words[-2:] == ["--", "-w /etc/passwd"]
    assert "--property=RuntimeMaxSec=60" in words and "--property=LimitFSIZE=5242880" in words
    console.who = Identity("alice", Role.READ_ONLY, 1001)
    with pytest.raises(NotPermitted):
        console.batch("packetcapture", "start", "eth0")


def test_a_capture_on_no_interface_is_refused(console: Console) -> None:
    with pytest.raises(BadAnswer, match="interface"):
        console.batch("packetcapture", "start", "../../x")
