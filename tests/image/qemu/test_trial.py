import smtplib

import pytest

from image.qemu import trial

RECEIVED = b"Received: from a by b\r\n\twith ESMTP id 1;\r\n Mon, 23 Nov 2026 10:00:00 +0000\r\n"


def test_messages_are_what_they_are_called() -> None:
    seven, eight, large = trial.messages()
    assert seven.content.isascii()
    assert not eight.content.isascii() and eight.content.decode()
    assert len(large.content) > 5 * 1024 * 1024
    for message in (seven, eight, large):
        lines = message.content.split(b"\r\n")
        assert all(b"\n" not in line and len(line) <= 998 for line in lines)
        assert lines[-1] == b""


def test_dots_that_stuffing_must_get_right_are_in() -> None:
    assert {b".", b"..", b".leading dot"} <= set(trial.messages()[0].content.split(b"\r\n"))


@pytest.mark.parametrize(
    ("arrived", "same"),
    [
        (RECEIVED + b"body\r\n", True),
        (b"body\r\n", False),
        (RECEIVED + b"body\r\n\r\n", False),
        (RECEIVED + b"bodY\r\n", False),
        (RECEIVED + b"X-Added: 1\r\nbody\r\n", False),
        (RECEIVED + RECEIVED + b"body\r\n", False),
        (b"", False),
    ],
)
def test_same_behind_trace(arrived: bytes, same: bool) -> None:
    assert trial.same_behind_trace(b"body\r\n", arrived) is same


def test_sink_keeps_what_it_is_sent() -> None:
    with trial.sink() as relay:
        for message in trial.messages():
            with smtplib.SMTP("127.0.0.1", relay.port, timeout=20) as client:
                client.sendmail(
                    trial.SENDER, [trial.RECIPIENT], message.content, mail_options=message.options
                )
            assert relay.arrived.get(timeout=20) == message.content


def test_banner_is_not_taken_from_a_port_that_only_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def pause(seconds: float) -> None:
        now[0] += seconds

    with pytest.raises(TimeoutError):
        trial.wait_for_banner(trial.free_port(), 3, pause=pause, clock=lambda: now[0])


def test_sink_that_is_away_puts_off_and_keeps_nothing() -> None:
    message = trial.messages()[0]
    with trial.sink() as relay:
        relay.away = True
        with smtplib.SMTP("127.0.0.1", relay.port, timeout=20) as client:
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                client.sendmail(trial.SENDER, [trial.RECIPIENT], message.content)
            assert refused.value.recipients[trial.RECIPIENT][0] == 451
        assert relay.arrived.empty()
