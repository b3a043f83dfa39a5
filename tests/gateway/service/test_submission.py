"""Submission with accounts of the configuration: STARTTLS and implicit TLS, real clients."""

from __future__ import annotations

import base64
import smtplib
import ssl
import time
from pathlib import Path

import pytest

from tests.gateway.access.test_passwords import cheap
from tests.gateway.delivery.pki import issue
from tests.gateway.service.running import Service, Sink, free_port, wait_for

pytestmark = pytest.mark.process
EXTRA = """<certificate>{pem}</certificate><smtp_auth>required</smtp_auth>
      <auth_failures_per_hour>3</auth_failures_per_hour>
    </listener>
    <listener>
      <listener_name>Submissions</listener_name><ip>127.0.0.1</ip><port>{port}</port>
      <certificate>{pem}</certificate><implicit_tls>yes</implicit_tls><smtp_auth>preferred</smtp_auth>"""
USERS = """</bounce_profiles>
  <smtp_auth_users>
    <smtp_auth_user><user_name>müller</user_name><password_hash>{hash}</password_hash></smtp_auth_user>
    <smtp_auth_user><user_name>printer</user_name><password_hash>{hash}</password_hash>
      <listeners><listener>Submissions</listener></listeners></smtp_auth_user>
  </smtp_auth_users>"""
MAIL = ("me@example.com", ["x@elsewhere.example"], b"Subject: s\r\n\r\nhi\r\n")
UNSAFE = ssl._create_unverified_context()


def plain(name: str, password: str) -> str:
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


class Submission(Service):
    """The first listener by STARTTLS, with AUTH required; a second with implicit TLS."""

    def __init__(self, folder: Path, relay: int) -> None:
        self.implicit = free_port()
        super().__init__(folder, relay)
        pem = folder / "mx.pem"
        pair = issue("mx.example.com").pair
        pem.write_text(pair.key + pair.certificate)
        self.configure(EXTRA.format(pem=pem, port=self.implicit))
        text = self.config.read_text().replace("</bounce_profiles>", USERS.format(hash=cheap("s3cret")))
        self.config.write_text(text)

    def __enter__(self) -> Submission:
        self.start()
        return self

    def secured(self) -> smtplib.SMTP:
        client = self.client()
        client.starttls(context=UNSAFE)
        return client

    def implicitly(self) -> smtplib.SMTP_SSL:
        return smtplib.SMTP_SSL("127.0.0.1", self.implicit, timeout=20, context=UNSAFE)


def test_who_authenticates_may_relay_and_nobody_else(tmp_path: Path) -> None:
    sink = Sink()
    with Submission(tmp_path, sink.port) as service:
        with service.client() as client:
            client.ehlo()
            assert not client.has_extn("auth")
            assert client.docmd("AUTH", "PLAIN AHgAeA==")[0] == 538
            assert client.mail("a@b.example")[0] == 530
        with service.secured() as client:
            client.ehlo()
            assert client.mail("me@example.com")[0] == 530
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("printer", "s3cret")
            assert client.docmd("AUTH PLAIN", plain("MÜLLER", "s3cret"))[0] == 235
            client.sendmail(*MAIL)
        with service.implicitly() as client:
            client.ehlo()
            assert client.mail("a@b.example")[0] == 250, "AUTH is preferred here, not required"
            assert client.rcpt("x@elsewhere.example")[0] == 550
            client.rset()
            client.login("printer", "s3cret")
            client.sendmail(*MAIL)
        wait_for(lambda: len(sink.messages) == 2)
        assert all(b"with ESMTPSA id" in message for message in sink.messages)
        log = service.log()
        assert "SMTP authentication failure user: printer" in log
        assert "SMTP authentication success user: printer" in log
        assert "s3cret" not in log
    sink.close()


def test_guessing_is_slow_and_ends(tmp_path: Path) -> None:
    with Submission(tmp_path, 9) as service:
        start = time.monotonic()
        for number in range(3):
            with service.secured() as client:
                client.ehlo()
                assert client.docmd("AUTH PLAIN", plain("printer", f"guess{number}"))[0] == 535
        assert time.monotonic() - start > 1 + 2 + 3, "each wrong password is answered later than the last"
        with service.secured() as client:
            client.ehlo()
            assert client.docmd("AUTH PLAIN", plain("printer", "s3cret"))[0] == 421
        assert "refused, too many failures from host" in service.log()
        counters = service.ask("status")["counters"]
        assert counters["auth_failed"]["uptime"] == 3
        assert counters["auth_blocked"]["uptime"] == 1
