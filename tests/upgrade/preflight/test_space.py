import pytest

from hwmgmt.reading import Reading, Reason, known, missing
from hwmgmt.size import MIB
from upgrade.preflight.check import CannotTell, Severity
from upgrade.preflight.space import Need, judge, needs

WANTED = (Need("/var", "copies", 3), Need("/var", "journal", 2), Need("/efi", "kernel", 4))
DENIED: Reading[int] = missing(Reason.DENIED, "not yours")


def test_needs_of_one_file_system_are_added_up() -> None:
    assert judge(WANTED, {"/var": known(5), "/efi": known(4)}).severity is Severity.PASS
    answer = judge(WANTED, {"/var": known(4), "/efi": known(4)})
    assert answer.severity is Severity.BLOCK
    assert answer.finding.startswith("/var has 4 B free of 5 B needed (3 B for copies")
    assert judge(WANTED, {"/var": known(5), "/efi": known(3)}).severity is Severity.BLOCK


def test_what_is_not_known_does_not_hide_what_is_short() -> None:
    assert judge(WANTED, {"/var": known(1), "/efi": DENIED}).severity is Severity.BLOCK
    with pytest.raises(CannotTell, match="/efi"):
        judge(WANTED, {"/var": known(5), "/efi": DENIED})


def test_copies_and_the_next_kernel_are_counted() -> None:
    found = {need.what: need for need in needs(configuration=8 * MIB, uki=40 * MIB)}
    assert found["copies of the configuration"].size == 40 * MIB
    assert found["the release, packed and unpacked"].mount == "/var"
    kernel = next(need for need in found.values() if need.mount == "/efi")
    assert kernel.size == 50 * MIB
