"""One appliance behind a transport."""

from __future__ import annotations

import pytest
from ansible_collections.mailward.appliance.plugins.plugin_utils.appliance import (
    LINE_LIMIT,
    Appliance,
    Refused,
    Said,
)
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.words import LINE_LIMIT as CONSOLES
from gateway.console.words import split


def saying(status: int, out: str) -> Appliance:
    return Appliance(lambda line: Said(status, out))


def test_an_answer_is_the_document() -> None:
    lines: list[str] = []

    def transport(line: str) -> Said:
        lines.append(line)
        return Said(0, '{"model": "C190"}')

    assert Appliance(transport).ask("version") == {"model": "C190"}
    assert lines == ["version --json"]


@given(st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_the_console_reads_the_words_that_were_meant(words: list[str]) -> None:
    seen: list[str] = []

    def transport(line: str) -> Said:
        seen.extend(split(line))
        return Said(0, "{}")

    Appliance(transport).ask(*words)
    assert seen == [*words, "--json"]


@pytest.mark.parametrize(("status", "kind"), [(1, "failed"), (2, "bad-input"), (3, "rejected")])
def test_an_error_keeps_key_sentence_and_remedy(status: int, kind: str) -> None:
    document = '{"error": "a.key", "message": "It broke", "remedy": "Mend it", "fields": {"what": "it"}}'
    with pytest.raises(Refused) as caught:
        saying(status, document).ask("status")
    assert caught.value.result() == {
        "failed": True,
        "msg": "It broke. Mend it.",
        "kind": kind,
        "rc": status,
        "error": "a.key",
        "remedy": "Mend it",
        "fields": {"what": "it"},
    }


@pytest.mark.parametrize("status", [0, 1, 127])
def test_what_is_no_json_is_shown(status: int) -> None:
    with pytest.raises(Refused, match="command not found") as caught:
        saying(status, "sh: version: command not found").ask("version")
    assert caught.value.key == "fleet.no-answer"
    assert caught.value.result()["rc"] == (status or 1)


def test_a_failure_that_prints_a_list_is_a_failure() -> None:
    with pytest.raises(Refused) as caught:
        saying(1, "[1]").ask("version")
    assert caught.value.result()["fields"] == {"said": [1]}


def test_a_line_the_console_would_not_take_is_not_sent() -> None:
    assert LINE_LIMIT == CONSOLES
    with pytest.raises(Refused) as caught:
        saying(0, "{}").ask("loadconfig", "x" * LINE_LIMIT)
    assert caught.value.key == "fleet.line"
