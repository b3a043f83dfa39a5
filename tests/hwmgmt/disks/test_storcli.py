import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.disks.states import ArrayState, DriveState
from hwmgmt.disks.storcli import find_program, parse_storcli, read_controllers
from hwmgmt.program import Finished
from hwmgmt.reading import Reading, Reason, known, missing
from tests.hwmgmt.machine import Machine


def report(virtual: Any = "Optl", *drives: Any) -> dict[str, Any]:
    """The parts of `/call show J` that are read, for one RAID 1 of these drives' states."""
    rows = [
        {"EID:Slt": f"252:{number}", "DID": 8 + number, "State": state, "DG": 0, "Size": "558.406 GB"}
        for number, state in enumerate(drives)
    ]
    return {
        "Controllers": [
            {
                "Command Status": {"Controller": 0, "Status": "Success", "Description": "None"},
                "Response Data": {
                    "Product Name": "Cisco 12G Modular Raid Controller with 2GB cache",
                    "VD LIST": [{"DG/VD": "0/0", "TYPE": "RAID1", "State": virtual, "Size": "558.406 GB"}],
                    "PD LIST": rows,
                },
            }
        ]
    }


@pytest.mark.parametrize(
    ("virtual", "drive", "state", "expected"),
    [
        ("Optl", "Onln", ArrayState.OPTIMAL, DriveState.HEALTHY),
        ("Dgrd", "Failed", ArrayState.DEGRADED, DriveState.FAILURE),
        ("Dgrd", "Rbld", ArrayState.REBUILDING, DriveState.REBUILD),
        ("OfLn", "UBad", ArrayState.FAILED, DriveState.FAILURE),
        ("New", "Odd", ArrayState.UNKNOWN, DriveState.UNKNOWN),
        (None, 7, ArrayState.UNKNOWN, DriveState.UNKNOWN),
    ],
)
def test_states(virtual: Any, drive: Any, state: ArrayState, expected: DriveState) -> None:
    (array,) = parse_storcli(json.dumps(report(virtual, "Onln", drive)), "storcli64")
    assert (array.name, array.level, array.source) == ("c0/v0", "raid1", "storcli64")
    assert array.state is state
    assert [member.state for member in array.drives] == [DriveState.HEALTHY, expected]
    assert array.drives[1].name == "252:1"


def test_a_controller_without_drives_and_one_that_failed() -> None:
    empty = {"Controllers": [{"Command Status": {"Status": "Failure"}}, "?", {"Response Data": []}]}
    assert parse_storcli(json.dumps(empty)) == ()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"Controllers": 3}', "CLI Version = 007", "[" * 100_000])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_storcli(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Controllers",
                    "Command Status",
                    "Response Data",
                    "VD LIST",
                    "PD LIST",
                    "State",
                    "DG",
                    "DG/VD",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=3))
def test_any_json_is_read_or_refused(controllers: list[Any]) -> None:
    for array in parse_storcli(json.dumps({"Controllers": controllers})):
        assert array.state in ArrayState


def runner(reading: Reading[Finished]) -> Any:
    def run(words: Sequence[str], /, *, deadline: float) -> Reading[Finished]:
        assert list(words)[1:] == ["/call", "show", "J"]
        return reading

    return run


def test_the_program_is_found_where_its_maker_puts_it(tmp_path: Path) -> None:
    assert find_program(tmp_path) is None
    Machine(tmp_path).put("opt/MegaRAID/perccli/perccli64", "")
    assert find_program(tmp_path) == str(tmp_path / "opt/MegaRAID/perccli/perccli64")
    Machine(tmp_path).put("usr/sbin/storcli64", "")
    assert find_program(tmp_path) == str(tmp_path / "usr/sbin/storcli64")


def test_reasons(tmp_path: Path) -> None:
    assert read_controllers(tmp_path, runner(missing(Reason.ABSENT))).reason is Reason.ABSENT
    Machine(tmp_path).put("usr/sbin/storcli64", "")
    late = read_controllers(tmp_path, runner(missing(Reason.TIMEOUT, "storcli64")))
    odd = read_controllers(tmp_path, runner(known(Finished(0, "Segmentation fault"))))
    none = read_controllers(tmp_path, runner(known(Finished(0, '{"Controllers": []}'))))
    good = read_controllers(tmp_path, runner(known(Finished(0, json.dumps(report("Optl", "Onln", "Onln"))))))
    assert [late.reason, odd.reason, none.reason] == [Reason.TIMEOUT, Reason.MALFORMED, Reason.ABSENT]
    assert good.need()[0].state is ArrayState.OPTIMAL
