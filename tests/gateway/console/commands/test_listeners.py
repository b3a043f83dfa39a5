"""`listenerconfig`, with its access tables, in dialogues and batch calls."""

from __future__ import annotations

import pytest

from gateway.access.hat_text import parse_hat
from gateway.access.rat import parse_rat
from gateway.console.errors import BadAnswer, Invalid, MissingAnswer
from gateway.console.exchange import BadFile, CannotExchange
from tests.gateway.console.scripted import Console

EDIT = ("listenerconfig", "edit", "InboundMail")


def test_a_listener_is_made_changed_and_removed(console: Console) -> None:
    made = console.batch("listenerconfig", "new", "private", "Relay", "port=2526", "relay_hosts=10.0.0.0/8")
    assert (made["listener_type"], made["port"], made["relay_hosts"]) == ("private", 2526, ["10.0.0.0/8"])
    console.batch("listenerconfig", "edit", "Relay", "limits", "max_connections=50")
    assert console.config.listeners[-1].max_connections == 50
    console.batch("listenerconfig", "edit", "Relay", "name", "Inside")
    assert console.config.listeners[-1].listener_name == "Inside"
    assert console.batch("listenerconfig", "delete", "Inside") == {"removed": "Inside"}


def test_recipients(console: Console) -> None:
    console.batch(*EDIT, "rcptaccess", "clear", "--yes")
    console.batch(*EDIT, "rcptaccess", "new", "example.net,.example.net")
    console.batch(*EDIT, "rcptaccess", "new", "postmaster@example.net", "bypass=yes")
    listener = console.config.listeners[0]
    assert [entry.recipient for entry in parse_rat(listener.rat).entries] == [
        "example.net", ".example.net", "postmaster@example.net", "ALL",
    ]  # fmt: skip
    with pytest.raises(Invalid, match="already"):
        console.batch(*EDIT, "rcptaccess", "new", "example.net")
    console.batch(*EDIT, "rcptaccess", "edit", "ALL", "REJECT")
    console.batch(*EDIT, "rcptaccess", "delete", "example.net")
    assert "\nexample.net" not in "\n" + console.config.listeners[0].rat
    with pytest.raises(BadAnswer):
        console.batch(*EDIT, "rcptaccess", "delete", "ALL")


def test_a_new_group_is_above_those_that_go_by_reputation(console: Console) -> None:
    console.batch(*EDIT, "hostaccess", "new", "PARTNERS", "192.0.2.0/24,.partner.example", "$TRUSTED")
    names = [entry.group for entry in parse_hat(console.config.listeners[0].hat).entries]
    assert names.index("PARTNERS") < names.index("BLOCKLIST")
    with pytest.raises(Invalid, match="already"):
        console.batch(*EDIT, "hostaccess", "new", "PARTNERS", "192.0.2.1", "$TRUSTED")
    with pytest.raises(BadAnswer, match="policy"):
        console.batch(*EDIT, "hostaccess", "new", "OTHERS", "192.0.2.1", "$NOSUCH")
    with pytest.raises(BadAnswer, match="sources"):
        console.batch(*EDIT, "hostaccess", "new", "OTHERS", "no such thing", "$TRUSTED")
    assert console.batch(*EDIT, "hostaccess", "move", "PARTNERS", "1")[0] == "PARTNERS"
    console.batch(*EDIT, "hostaccess", "delete", "PARTNERS")
    assert "PARTNERS" not in console.config.listeners[0].hat


def test_policies(console: Console) -> None:
    made = console.batch(*EDIT, "hostaccess", "policy", "new", "SLOW", "max_rcpts_per_hour=5", "dhap_limit=3")
    assert made == {"policy": "SLOW", "rule": "ACCEPT", "max_rcpts_per_hour": 5, "dhap_limit": 3}
    console.batch(*EDIT, "hostaccess", "default", "$SLOW")
    with pytest.raises(Invalid, match="is used by ALL"):
        console.batch(*EDIT, "hostaccess", "policy", "delete", "SLOW")
    edited = console.batch(*EDIT, "hostaccess", "policy", "edit", "SLOW", "dhap_limit=none")
    assert edited == {"policy": "SLOW", "rule": "ACCEPT", "max_rcpts_per_hour": 5}
    with pytest.raises(BadAnswer, match="a number from"):
        console.batch(*EDIT, "hostaccess", "policy", "edit", "SLOW", "dhap_limit=many")


def test_tables_go_out_and_come_in_whole(console: Console) -> None:
    folder = console.desk.root / "configuration"
    console.batch(*EDIT, "hostaccess", "export", "hat.txt")
    exported = (folder / "hat.txt").read_text()
    assert parse_hat(exported).entries
    (folder / "hat.txt").write_text(exported.replace("ALLOWLIST", "FRIENDS"))
    assert console.batch(*EDIT, "hostaccess", "import", "hat.txt")["entries"]
    assert "FRIENDS:" in console.config.listeners[0].hat
    before = console.config
    (folder / "hat.txt").write_text("FRIENDS:\n  nonsense here\n")
    with pytest.raises(BadFile, match="line 2"):
        console.batch(*EDIT, "hostaccess", "import", "hat.txt")
    assert console.config == before
    with pytest.raises(CannotExchange):
        console.batch(*EDIT, "hostaccess", "import", "gone.txt")


@pytest.mark.parametrize(
    "name", ["../etc/passwd", "config.xml", "CONFIG.XML", "history", ".hidden", "a/b", ""]
)
def test_nothing_outside_the_directory_is_touched(console: Console, name: str) -> None:
    with pytest.raises((BadAnswer, MissingAnswer)):
        console.batch(*EDIT, "hostaccess", "export", f"file={name}")


def test_reset_asks(console: Console) -> None:
    console.batch(*EDIT, "hostaccess", "default", "REJECT")
    console.batch(*EDIT, "hostaccess", "reset", "--yes")
    assert console.config.listeners[0].hat == ""
