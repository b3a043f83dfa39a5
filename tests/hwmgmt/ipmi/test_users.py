from __future__ import annotations

from collections.abc import Iterator

import pytest

from hwmgmt.ipmi import users
from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.ipmi.users import Privilege
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi.fake_bmc import SILENCE, Answer, FakeBmc

ACCESS: dict[int, Answer] = {
    1: b"\x04\x42\x00\x0f",
    2: b"\x04\x42\x00\x34",
    3: b"\x04\x82\x00\x13" + b"junk",
    4: 0xCC,
}
NAMES: dict[int, Answer] = {1: 0xCC, 2: b"admin" + bytes(11), 3: b"power" + bytes(11) + b"junk"}


def bmc() -> FakeBmc:
    def access(data: bytes) -> bytes | int:
        answer = ACCESS[data[1]]
        assert isinstance(answer, bytes | int)
        return answer

    def name(data: bytes) -> bytes | int:
        answer = NAMES[data[0]]
        assert isinstance(answer, bytes | int)
        return answer

    return FakeBmc({(6, 0x44): access, (6, 0x46): name})


def test_slots_in_use_and_those_that_cannot_be_read() -> None:
    found = users.users(bmc(), 1)
    assert [item.reason for item in found] == [Reason.OK, Reason.OK, Reason.UNSUPPORTED]
    admin, power = found[0].need(), found[1].need()
    assert (admin.name, admin.privilege, admin.enabled, admin.ipmi) == (
        "admin",
        Privilege.ADMINISTRATOR,
        True,
        True,
    )
    assert (power.name, power.privilege, power.enabled) == ("power", Privilege.OPERATOR, False)


def test_silence_ends_the_list() -> None:
    answers: Iterator[bytes | NoAnswer] = iter([b"\x04\x42\x00\x0f"])
    silent = FakeBmc({(6, 0x44): lambda data: next(answers, SILENCE), (6, 0x46): b""})
    assert [item.reason for item in users.users(silent, 1)] == [Reason.TIMEOUT]


def test_setting_up_a_user_for_power_cycling() -> None:
    target = FakeBmc({(6, 0x45): b"", (6, 0x47): b"", (6, 0x43): b""})
    users.set_name(target, 3, "siteops")
    users.set_password(target, 3, "secret")
    users.enable(target, 3, True)
    users.set_privilege(target, 1, 3, Privilege.OPERATOR)
    assert target.sent(6, 0x45) == [b"\x03siteops".ljust(17, b"\0")]
    assert target.sent(6, 0x47) == [b"\x03\x02secret".ljust(18, b"\0"), b"\x03\x01"]
    assert target.sent(6, 0x43) == [b"\xb1\x03\x03\x00"]


def test_long_passwords_say_that_they_are() -> None:
    target = FakeBmc({(6, 0x47): b""})
    users.set_password(target, 3, "x" * 17)
    assert target.sent(6, 0x47) == [b"\x83\x02" + b"x" * 17 + bytes(3)]


@pytest.mark.parametrize("password", ["", "x" * 21, "ü" * 11])
def test_passwords_ipmi_cannot_carry(password: str) -> None:
    with pytest.raises(ValueError) as caught:
        users.set_password(FakeBmc({}), 3, password)
    assert not password or password not in str(caught.value)


@pytest.mark.parametrize("name", ["x" * 17, "müller", "a\nb"])
def test_names_ipmi_cannot_carry(name: str) -> None:
    with pytest.raises(ValueError):
        users.set_name(FakeBmc({}), 3, name)


def test_testing_a_password() -> None:
    right = FakeBmc({(6, 0x47): lambda data: b"" if data[2:].startswith(b"secret") else 0x80})
    assert users.password_is(right, 3, "secret")
    assert not users.password_is(right, 3, "guess")


def test_enabling_where_the_password_field_is_wanted() -> None:
    target = FakeBmc({(6, 0x47): lambda data: b"" if len(data) == 18 else 0xC7})
    users.enable(target, 3, False)
    assert target.sent(6, 0x47)[-1] == b"\x03\x00" + bytes(16)
