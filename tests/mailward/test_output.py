from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pytest

from mailward.output import print_json, print_table, to_plain


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Part:
    name: str
    colour: Colour
    where: Path | None = None


def test_values_are_spelled_out() -> None:
    value = {
        Colour.RED: [Part("a", Colour.RED, Path("/x"))],
        "at": datetime(2026, 11, 24, tzinfo=UTC),
        "raw": b"\x00\xff",
    }
    assert to_plain(value) == {
        "red": [{"name": "a", "colour": "red", "where": "/x"}],
        "at": "2026-11-24T00:00:00+00:00",
        "raw": "00ff",
    }


def test_json_is_one_document_with_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_json([Part("Grüße", Colour.RED)])
    printed = capsys.readouterr().out
    assert "Grüße" in printed
    assert json.loads(printed) == [{"name": "Grüße", "colour": "red", "where": None}]


def test_a_pipe_gets_aligned_columns_without_colour(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["port", "state"], [("eth0", "up"), ("enp94s0f0", None)], title="Links")
    assert capsys.readouterr().out.splitlines() == [
        "Links",
        "port       state",
        "eth0       up",
        "enp94s0f0",
    ]
