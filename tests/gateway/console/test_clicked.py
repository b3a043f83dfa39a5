"""Click commands on the console: what they print and how they end."""

from __future__ import annotations

import click
import pytest

from gateway.console.call import Call
from gateway.console.clicked import NotAllowed, NotWell, run_click
from gateway.console.errors import BadAnswer
from gateway.console.interview import Interview
from mailward.errors import ExitStatus
from mailward.output import json_option, print_json
from tests.gateway.console.scripted import Console


def ending_with(status: int) -> click.Command:
    @click.command()
    @json_option
    def judge(as_json: bool) -> int:
        if as_json:
            print_json({"verdict": status})
        return status

    return judge


def call(console: Console, *, as_json: bool = False) -> Call:
    return Call("judge", console.who, Interview([], None), console.desk, lambda text: None, as_json)


@pytest.mark.parametrize(
    ("status", "error"), [(ExitStatus.FAILED, NotWell), (ExitStatus.REJECTED, NotAllowed)]
)
def test_a_verdict_keeps_its_document_and_its_exit_status(
    console: Console, status: ExitStatus, error: type[NotWell | NotAllowed]
) -> None:
    with pytest.raises(error) as caught:
        run_click(call(console, as_json=True), ending_with(status), [])
    assert caught.value.to_dict() == {"verdict": status}
    assert caught.value.exit_status is status
    with pytest.raises(error) as caught:
        run_click(call(console), ending_with(status), [])
    assert caught.value.to_dict()["error"] == caught.value.key


def test_what_went_well_is_the_answer(console: Console) -> None:
    assert run_click(call(console, as_json=True), ending_with(0), []) == {"verdict": 0}
    with pytest.raises(BadAnswer):
        run_click(call(console), ending_with(0), ["--no-such"])


def test_what_it_prints_goes_to_the_screen_there_is(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call that prints to standard output itself, as over SSH, is not handed its own words again."""
    made = Call("judge", console.who, Interview([], None), console.desk, lambda text: print(text, end=""))

    @click.command()
    def speak() -> int:
        click.echo("all is well")
        return 0

    run_click(made, speak, [])
    assert capsys.readouterr().out == "all is well\n"
