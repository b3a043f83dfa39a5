"""The access layer in the configuration file: tables as text, every problem with its line."""

from __future__ import annotations

import pytest

from gateway.config import xml
from gateway.config.errors import ConfigBroken
from gateway.config.model import Config

FILE = """<config>
<hostname>mx.example.com</hostname>
<listeners><listener><listener_name>In</listener_name>
{listener}
</listener></listeners>
{more}
</config>
"""
HAT = """$P ACCEPT {
  max_rcpts_per_hour = 20
}
SUSPECTLIST:
  sbrs[-3.0:-1.0] (low &amp; bad)
  $P
ALL
  REJECT"""


HASH = "$scrypt$ln=14,r=8,p=5$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43


def user(hash_: str = HASH, listener: str = "In", name: str = "printer") -> str:
    return (
        f"<smtp_auth_user><user_name>{name}</user_name><password_hash>{hash_}</password_hash>"
        f"<listeners><listener>{listener}</listener></listeners></smtp_auth_user>"
    )


def load(listener: str = "", more: str = "") -> Config:
    return xml.loads(FILE.format(listener=listener, more=more).encode())


def test_everything_there_is_and_back() -> None:
    config = load(
        f"<hat>{HAT}</hat><rat>bücher.example ACCEPT\nALL REJECT</rat>"
        "<trusted_proxies><host>10.0.0.0/8</host></trusted_proxies>",
        "<ip_reputation><entry><addresses>192.0.2.1-9</addresses><score>-1.5</score></entry></ip_reputation>"
        "<sender_verification_exceptions><exception><sender>.bücher.example</sender>"
        "<behavior>reject</behavior></exception></sender_verification_exceptions>"
        "<dns><servers><server><ip>127.0.0.1</ip><port>5353</port></server></servers></dns>",
    )
    assert "(low & bad)" in config.listeners[0].hat
    assert config.dns.servers[0].port == 5353
    assert xml.loads(xml.dumps(config)) == config


@pytest.mark.parametrize(
    ("listener", "more", "words"),
    [
        ("<hat>$P ALLOW\nALL $P</hat>", "", ["hat", "line 1: 'ALLOW'", "ACCEPT, RELAY"]),
        ("<rat>example.com ACCEPT</rat>", "", ["rat", "ALL with a rule as the last entry"]),
        ("<hat>ALL REJECT</hat><relay_hosts><host>10.0.0.1</host></relay_hosts>", "", ["RELAYLIST"]),
        (
            "<rat>ALL REJECT</rat><accepted_domains><domain>a.example</domain></accepted_domains>",
            "",
            ["accepted_domains has no say"],
        ),
        ("<trusted_proxies><host>lb.example</host></trusted_proxies>", "", ["named by its address"]),
        (
            "<trusted_proxies><host>10.1.</host></trusted_proxies><implicit_tls>true</implicit_tls>",
            "",
            ["comes before TLS"],
        ),
        ('<hat>$P ACCEPT { tls = "required" } ALL $P</hat>', "", ["there is no certificate"]),
        ("<tls_required>true</tls_required>", "", ["there is no certificate"]),
        (
            "",
            "<ip_reputation><entry><addresses>a.example</addresses><score>1</score></entry></ip_reputation>",
            ["CIDR"],
        ),
        (
            "",
            "<ip_reputation><entry><addresses>10.</addresses><score>11</score></entry></ip_reputation>",
            ["score"],
        ),
        ("", "<dns><servers><server><ip>dns.example</ip></server></servers></dns>", ["servers/1/ip"]),
        (
            "",
            "<sender_verification_exceptions><exception><sender>a@@b</sender></exception>"
            "</sender_verification_exceptions>",
            ["must be an address"],
        ),
    ],
)
def test_problems(listener: str, more: str, words: list[str]) -> None:
    with pytest.raises(ConfigBroken) as raised:
        load(listener, more)
    for word in words:
        assert word in str(raised.value)


OFFERED = "<certificate>/mx.pem</certificate><smtp_auth>required</smtp_auth>"


def test_accounts_and_back() -> None:
    config = load(OFFERED, f"<smtp_auth_users>{user()}</smtp_auth_users>")
    assert config.smtp_auth_users[0].listeners == ["In"]
    assert xml.loads(xml.dumps(config)) == config


@pytest.mark.parametrize(
    ("listener", "users", "words"),
    [
        (OFFERED, user("hunter2"), ["password_hash", "smtpauth-hash"]),
        (OFFERED, user(listener="Out"), ["no listener Out"]),
        (OFFERED, user(name="Printer") + user(), ["smtp_auth_user printer is there twice"]),
        ("<smtp_auth>preferred</smtp_auth>", "", ["smtp_auth needs a certificate"]),
        (
            "<certificate>/x</certificate><hat>$A ACCEPT { smtp_auth = required }\nALL $A</hat>",
            "",
            ["the listener does not offer it"],
        ),
    ],
)
def test_accounts_that_cannot_work(listener: str, users: str, words: list[str]) -> None:
    with pytest.raises(ConfigBroken) as caught:
        load(listener, f"<smtp_auth_users>{users}</smtp_auth_users>")
    text = str(caught.value)
    assert all(word in text for word in words), text
    assert "hunter2" not in text, "what may be a password is never repeated"
