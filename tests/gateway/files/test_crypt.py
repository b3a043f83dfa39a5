"""Hashes that logins have, told apart as crypt(3) does; the values are openssl's and mkpasswd's."""

from __future__ import annotations

import pytest

from gateway.files.crypt import matches
from gateway.files.failures import Failures

# openssl passwd -6 -salt saltsalt 'correct horse', and -5.
KNOWN = (
    "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
    "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
)


@pytest.mark.parametrize("hashed", KNOWN)
def test_the_password_of_a_hash(hashed: str) -> None:
    assert matches("correct horse", hashed)
    for wrong in ("", "correct", "correct horse ", "Correct horse"):
        assert not matches(wrong, hashed)


@pytest.mark.parametrize("hashed", ["", "!", "*", "$6$", "$9$x$y", "plain", "$6$salt$tooshort"])
def test_what_is_no_hash_is_of_no_password(hashed: str) -> None:
    for password in ("", "!", "plain", hashed):
        assert not matches(password, hashed)


def test_passwords_libcrypt_does_not_take() -> None:
    assert not matches("a\0b", "$6$salt$x")
    assert not matches("a" * 600, "$6$salt$x")


def test_hosts_that_fail_too_often_wait() -> None:
    now = [0.0]
    failures = Failures(lambda: now[0], at_most=3, window=60)
    for _ in range(3):
        assert not failures.too_many("192.0.2.1")
        failures.add("192.0.2.1")
    assert failures.too_many("192.0.2.1") and not failures.too_many("192.0.2.2")
    now[0] = 61.0
    assert not failures.too_many("192.0.2.1")


def test_a_flood_of_hosts_is_forgotten_oldest_first() -> None:
    failures = Failures(lambda: 0.0, at_most=1)
    for n in range(5000):
        failures.add(f"h{n}")
    assert not failures.too_many("h0") and failures.too_many("h4999")
