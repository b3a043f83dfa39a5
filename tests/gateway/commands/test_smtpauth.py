import json

from click.testing import CliRunner

from gateway.access.passwords import PasswordHash
from gateway.commands.smtpauth import smtpauth_hash


def test_first_line_of_standard_input_becomes_a_hash() -> None:
    done = CliRunner().invoke(smtpauth_hash, ["--json"], input="s3cret word\nmore\n")
    assert done.exit_code == 0, done.output
    text = json.loads(done.output)["password_hash"]
    assert PasswordHash.parse(text).fits("s3cret word")


def test_an_empty_password_is_refused() -> None:
    for text in ("", "\n", "a\0b\n"):
        assert CliRunner().invoke(smtpauth_hash, [], input=text).exit_code == 2
