"""Passphrases."""

import pytest

from gateway.config.elements.administration import PasswordPolicy, User
from gateway.console.passwords import crypted, held_to

POLICY = PasswordPolicy(minimum_length=10, special=True)


def test_the_policy_says_all_that_is_lacking() -> None:
    with pytest.raises(
        ValueError, match="10 characters or more, upper and lower case letters, a digit, one of"
    ):
        held_to("short", POLICY)
    assert held_to("Correct-Horse-7", POLICY) == "Correct-Horse-7"
    with pytest.raises(ValueError, match="nobody can type"):
        held_to("Correct-Horse-7\n", POLICY)


def test_a_hash_is_yescrypt_with_a_salt_of_its_own() -> None:
    one, two = crypted("Correct-Horse-7"), crypted("Correct-Horse-7")
    assert one.startswith("$y$") and one != two
    assert User(user_name="bob", password_hash=one).password_hash == one
