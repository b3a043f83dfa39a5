"""Mail through the booted image: accepted, kept, relayed (G1, U4)."""

from __future__ import annotations

import smtplib
import time

import pytest

from image.qemu import trial
from tests.appliance.conftest import Appliance

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900)]


@pytest.mark.parametrize("message", trial.messages(), ids=lambda message: message.name)
def test_message_arrives_byte_for_byte(appliance: Appliance, message: trial.Message) -> None:
    trial.send(appliance.smtp_port, message)
    arrived = appliance.relay.arrived.get(timeout=trial.DELIVERY_SECONDS)
    assert trial.same_behind_trace(message.content, arrived)


def test_only_configured_domains_are_accepted(appliance: Appliance) -> None:
    with smtplib.SMTP("127.0.0.1", appliance.smtp_port, timeout=60) as client:
        client.ehlo("client.example")
        client.mail("a@sender.example")
        assert client.rcpt("x@elsewhere.example")[0] == 550
        assert client.rcpt(f"x@{trial.DOMAIN}")[0] == 250


def test_queue_survives_kill_9(appliance: Appliance) -> None:
    """Messages that got their 250 while the relay was away are delivered once each after the service was killed."""
    appliance.relay.away = True
    subjects = [f"queued-{n}" for n in range(5)]
    with smtplib.SMTP("127.0.0.1", appliance.smtp_port, timeout=60) as client:
        for subject in subjects:
            body = f"Subject: {subject}\r\n\r\nkept\r\n".encode()
            client.sendmail("a@sender.example", [f"x@{trial.DOMAIN}"], body)
    before = appliance.run("systemctl show --property MainPID --value mailward")
    appliance.run("systemctl kill --signal=SIGKILL mailward.service")
    appliance.relay.away = False
    trial.wait_for_banner(appliance.smtp_port, 120)
    assert appliance.run("systemctl show --property MainPID --value mailward") != before
    arrived = [appliance.relay.arrived.get(timeout=trial.DELIVERY_SECONDS) for _ in subjects]
    found = sorted(
        line for content in arrived for line in content.decode().split("\r\n") if "Subject" in line
    )
    assert found == [f"Subject: {subject}" for subject in subjects]
    time.sleep(5)
    assert appliance.relay.arrived.empty(), "a message was delivered twice"
