"""gateway.delivery.controls"""

from __future__ import annotations

import pytest

from gateway.delivery.controls import (
    BadControl,
    Control,
    ControlEntry,
    Controls,
    DaneLevel,
    RecipientRate,
    TlsLevel,
)
from gateway.smtp.domain import BadDomain


def test_without_entries_the_defaults_hold() -> None:
    control = Controls().find("example.com")
    assert control == Control()
    assert (control.connections, control.messages, control.recipients.count) == (500, 50, 0)


def test_what_an_entry_leaves_open_comes_from_the_default_entry() -> None:
    controls = Controls(
        {
            "ALL": ControlEntry(connections=200, tls=TlsLevel.PREFERRED, certificate="site"),
            ".example.com": ControlEntry(messages=5, dane=DaneLevel.OPPORTUNISTIC),
            "gmail.com": ControlEntry(connections=20, certificate="own"),
        }
    )
    sub = controls.find("a.example.com")
    assert (sub.connections, sub.messages, sub.tls, sub.certificate) == (200, 5, TlsLevel.PREFERRED, "site")
    assert controls.find("gmail.com").certificate == "own"
    assert controls.find("example.com") == controls.default


def test_names_may_be_unicode() -> None:
    controls = Controls({"bücher.example": ControlEntry(connections=7)})
    assert controls.find("xn--bcher-kva.example").connections == 7
    with pytest.raises(BadDomain):
        Controls({"a..b": ControlEntry()})


@pytest.mark.parametrize(
    "entry",
    [
        ControlEntry(connections=0),
        ControlEntry(connections=1_001),
        ControlEntry(messages=0),
        ControlEntry(recipients=RecipientRate(-1, 1)),
        ControlEntry(recipients=RecipientRate(10, 61)),
    ],
)
def test_values_out_of_bounds_are_refused(entry: ControlEntry) -> None:
    with pytest.raises(BadControl, match=r"example\.com"):
        Controls({"example.com": entry})
