"""Every access decision with real clients: who connects is said in a PROXY header, so that tests have a world
of addresses and still use the loopback only.
"""

from __future__ import annotations

import os
import re
import signal
import smtplib
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.gateway.access.nameserver import NameServerThread
from tests.gateway.service.proxied import RECORDS, TABLES, AccessService
from tests.gateway.service.running import Sink, wait_for

pytestmark = pytest.mark.process

MESSAGE = "Subject: hello\r\n\r\nhi\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccessService]:
    sink, dns = Sink(), NameServerThread(RECORDS)
    service = AccessService(tmp_path_factory.mktemp("access"), sink.port, dns.port)
    with service:
        yield service
    sink.close()
    dns.close()


def rcpt(client: smtplib.SMTP, *recipients: str, sender: str = "a@good.example") -> list[int]:
    """Codes of a MAIL and as many RCPT; the transaction is dropped."""
    client.ehlo_or_helo_if_needed()
    codes = [client.mail(sender)[0], *(client.rcpt(recipient)[0] for recipient in recipients)]
    client.rset()
    return codes


def logged(service: AccessService, pattern: str) -> None:
    wait_for(lambda: re.search(pattern, service.log()) is not None)


def test_accept_by_reputation(service: AccessService) -> None:
    with service.connect("192.0.2.1") as client:
        client.sendmail("a@good.example", ["x@example.com"], MESSAGE)
        assert client.esmtp_features["size"] == "20000"
        assert client.mail("a@good.example", ["SIZE=30000"])[0] == 552
    logged(
        service, r"New SMTP ICID \d+ interface .* address 192\.0\.2\.1 reverse dns host unknown verified no"
    )
    logged(service, r"ICID \d+ ACCEPT SG SUSPECTLIST match sbrs\[-3\.0:-1\.0\] SBRS -1\.5")
    logged(service, r"MID \d+ ICID \d+ RID 0 To: <x@example\.com>")


def test_reject_by_reputation(service: AccessService) -> None:
    with pytest.raises(smtplib.SMTPConnectError) as raised:
        service.connect("192.0.2.9")
    assert (raised.value.smtp_code, raised.value.smtp_error) == (554, b"Your reputation precedes you")
    logged(service, r"ICID \d+ REJECT SG BLOCKLIST match sbrs\[-10\.0:-3\.0\] SBRS -9\.9")


def test_reject_by_dns_list(service: AccessService) -> None:
    with pytest.raises(smtplib.SMTPConnectError):
        service.connect("203.0.113.7")
    logged(service, r"ICID \d+ REJECT SG BLOCKLIST match dnslist\[bl\.example\] SBRS None")


def test_tcprefuse(service: AccessService) -> None:
    with pytest.raises(smtplib.SMTPServerDisconnected):
        service.connect("203.0.113.66")
    logged(service, r"ICID \d+ TCPREFUSE SG None match 203\.0\.113\.66 SBRS None")


def test_relay(service: AccessService) -> None:
    with service.connect("10.0.0.7") as client:
        assert rcpt(client, "anybody@elsewhere.example", "x@example.com") == [250, 250, 250]
    logged(service, r"ICID \d+ RELAY SG RELAYLIST match 10\.0\.0\. SBRS rfc1918")


def test_a_verified_name_and_a_forged_one(service: AccessService) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 5) as sock:
        sock.sendall(b"PROXY TCP4 203.0.113.5 127.0.0.1 4000 25\r\n")
        assert sock.recv(100) == b"220 mx.example.com ESMTP at your service\r\n"
    logged(service, r"address 203\.0\.113\.5 reverse dns host mx\.partner\.example verified yes")
    logged(service, r"ICID \d+ ACCEPT SG PARTNERS match \.partner\.example SBRS None")
    with service.connect("203.0.113.6"):
        pass
    logged(service, r"address 203\.0\.113\.6 reverse dns host forged\.partner\.example verified no")
    logged(service, r"ICID \d+ ACCEPT SG None match ALL SBRS None")


def test_ipv6(service: AccessService) -> None:
    with service.connect("2001:db8::5") as client:
        assert rcpt(client, "x@example.com") == [250, 250]
    logged(service, r"ICID \d+ ACCEPT SG PARTNERS match 2001:db8::/32 SBRS None")


def test_recipients(service: AccessService) -> None:
    with service.connect("203.0.113.1") as client:
        assert rcpt(client, "x@example.com", "a@xn--bcher-kva.example", "x@elsewhere.example") == [
            250,
            250,
            250,
            550,
        ]
        client.mail("a@good.example")
        assert client.rcpt("moved@example.com") == (550, b"5.1.6 She has moved on")
        assert client.rcpt("x@elsewhere.example") == (550, b"5.1.0 Address rejected")
        assert client.docmd("RCPT TO:<Postmaster>")[0] == 250
        client.rset()
    logged(service, r"MID \d+ ICID \d+ To: <moved@example\.com> Rejected by RAT")


def test_malformed_addresses(service: AccessService) -> None:
    with service.connect("203.0.113.8") as client:
        client.ehlo()
        assert client.docmd("MAIL FROM:<a..b@good.example>")[0] == 501
        assert client.docmd("MAIL FROM:<a@good.example>")[0] == 250
        assert client.docmd("RCPT TO:<>")[0] == 501
        assert client.docmd("RCPT TO:<x@example.com> FOO=1")[0] == 555
    logged(service, r"ICID \d+ Invalid sender address: '<a\.\.b@good\.example>' it does not follow")
    logged(service, r"ICID \d+ MID \d+ Invalid recipient address: '<>' it must not be empty")


def test_an_internationalized_recipient(service: AccessService) -> None:
    with service.connect("203.0.113.2") as client:
        client.command_encoding = "utf-8"
        client.ehlo()
        assert client.docmd("MAIL FROM:<a@good.example> SMTPUTF8")[0] == 250
        assert client.docmd("RCPT TO:<ü@bücher.example>")[0] == 250
        assert client.docmd("RCPT TO:<ü@elsewhere.example>")[0] == 550
    logged(service, r"RID 0 To: <ü@xn--bcher-kva\.example>")


@pytest.mark.parametrize(
    ("sender", "code", "log"),
    [
        ("a@good.example", 250, ""),
        ("a@nowhere.example", 553, "envelope sender domain does not exist"),
        ("a@x.fail", 451, "envelope sender domain could not be resolved"),
        ("a@x.slow", 451, "envelope sender domain could not be resolved"),
        ("boss@nowhere.example", 250, ""),
        ("a@some.spam.example", 553, "envelope sender matched domain exception"),
    ],
)
def test_sender_verification(service: AccessService, sender: str, code: int, log: str) -> None:
    with service.connect("203.0.113.3") as client:
        assert rcpt(client, sender=sender) == [code]
    if log:
        logged(service, rf"ICID \d+ Address: <{sender}> sender rejected, {log}")


def test_messages_per_session(service: AccessService) -> None:
    with service.connect("203.0.113.4") as client:
        for _ in range(2):
            client.sendmail("a@good.example", ["x@example.com"], MESSAGE)
        assert client.mail("a@good.example")[0] == 421
    logged(service, r"ICID \d+ Too many messages in this session")


def test_recipients_per_hour_over_all_workers(service: AccessService) -> None:
    codes = []
    for _ in range(8):
        with service.connect("192.0.2.2") as client:
            codes += rcpt(client, "x@example.com")[1:]
    assert codes == [250] * 5 + [452] * 3
    with service.connect("192.0.2.2") as client:
        assert rcpt(client, "abuse@example.com") == [250, 250]
    logged(service, r"MID \d+ ICID \d+ To: <x@example\.com> Rejected by Receiving Control")


def test_neighbours_count_as_one(service: AccessService) -> None:
    codes = []
    for number in range(4):
        with service.connect(f"198.51.100.{number}") as client:
            codes += rcpt(client, "x@example.com")[1:]
    assert codes == [250, 250, 452, 452]


def test_connections_at_a_time(service: AccessService) -> None:
    with service.connect("192.0.2.3"), service.connect("192.0.2.3"):
        with pytest.raises(smtplib.SMTPConnectError) as raised:
            service.connect("192.0.2.3")
        assert raised.value.smtp_code == 421
        with service.connect("192.0.2.4"):
            pass

    def again() -> bool:
        try:
            service.connect("192.0.2.3").close()
        except smtplib.SMTPConnectError:
            return False
        return True

    wait_for(again)
    logged(service, r"ICID \d+ Receiving Failed: Connection limit exceeded")


def test_directory_harvest(service: AccessService) -> None:
    for _ in range(3):
        with service.connect("192.0.2.5") as client:
            assert rcpt(client, "guess@elsewhere.example") == [250, 550]
    with service.connect("192.0.2.5") as client:
        client.ehlo()
        client.mail("a@good.example")
        assert client.rcpt("guess@elsewhere.example")[0] == 421
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
    logged(service, r"potential Directory Harvest Attack from host=\('192\.0\.2\.5', ''\), dhap_limit=3")


def test_no_header_no_service(service: AccessService) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 5) as sock:
        sock.sendall(b"EHLO me\r\n")
        assert sock.recv(100) == b""
    logged(service, r"ICID \d+ from 127\.0\.0\.1 PROXY header refused: it is missing")


def swaks(service: AccessService, source: str, *words: str) -> subprocess.CompletedProcess[str]:
    proxy = ["--proxy-version", "2", "--proxy-family", "AF_INET", "--proxy-source", source]
    proxy += ["--proxy-source-port", "4000", "--proxy-dest", "127.0.0.1", "--proxy-dest-port", "25"]
    command = ["swaks", "--server", "127.0.0.1", "--port", str(service.port), *proxy, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_swaks(service: AccessService) -> None:
    taken = swaks(service, "203.0.113.20", "--from", "a@good.example", "--to", "x@example.com")
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert "250 2.0.0 Message" in taken.stdout
    refused = swaks(service, "203.0.113.20", "--from", "a@good.example", "--to", "x@elsewhere.example")
    assert refused.returncode == 24
    assert "550 5.1.0 Address rejected" in refused.stdout
    rejected = swaks(service, "192.0.2.9", "--from", "a@good.example", "--to", "x@example.com")
    assert rejected.returncode == 21
    assert "554 Your reputation precedes you" in rejected.stdout
    logged(service, r"address 203\.0\.113\.20 reverse dns host unknown verified no")


def test_what_was_refused_is_counted(service: AccessService) -> None:
    before = service.ask("status")["counters"]
    with pytest.raises(smtplib.SMTPConnectError):
        service.connect("192.0.2.9")
    with service.connect("203.0.113.21") as client:
        assert rcpt(client, "x@elsewhere.example") == [250, 550]
    after = service.ask("status")["counters"]
    for name in ("connections_rejected", "recipients_not_in_rat"):
        assert after[name]["uptime"] == before.get(name, {"uptime": 0})["uptime"] + 1
    assert "mailward_connections_rejected_total" in service.ask("metrics")


def test_a_reload_takes_a_new_table_and_keeps_connections(service: AccessService) -> None:
    with service.connect("203.0.113.30") as old:
        assert rcpt(old, "x@example.com") == [250, 250]
        service.configure(TABLES.format().replace("ALL $CHECKED", "ALL $BLOCKED"))
        service.ask("reload")
        assert rcpt(old, "x@example.com") == [250, 250]
        with pytest.raises(smtplib.SMTPConnectError):
            service.connect("203.0.113.30")
        service.configure()
        service.ask("reload")
        with service.connect("203.0.113.30") as new:
            assert rcpt(new, "x@example.com") == [250, 250]


def test_a_restart_keeps_the_counts(service: AccessService) -> None:
    with service.connect("192.0.2.6") as client:
        assert rcpt(client, "x@example.com", "y@example.com", "z@example.com") == [250] * 4
    assert service.stop() == 0
    service.start()
    with service.connect("192.0.2.6") as client:
        assert rcpt(client, "x@example.com", "y@example.com", "z@example.com") == [250, 250, 250, 452]


def test_connections_of_a_dead_worker_do_not_count(service: AccessService) -> None:
    with service.connect("192.0.2.7"), service.connect("192.0.2.7"):
        before = set(service.workers_pids())
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(set(service.workers_pids()) - before) == 2)

    def both() -> bool:
        try:
            with service.connect("192.0.2.7"), service.connect("192.0.2.7"):
                return True
        except (OSError, smtplib.SMTPException):
            return False

    wait_for(both)
