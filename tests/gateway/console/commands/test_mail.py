"""Routes, destinations, profiles, and what rules refer to by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.elements.delivery import RouteHost, RouteUse
from gateway.config.elements.resources import DictionaryEntry
from gateway.config.errors import NotAcceptable
from gateway.console.commands import addresses, dictionaries, policies, routes
from gateway.console.errors import BadAnswer, Invalid, NotConfirmed
from gateway.console.exchange import BadFile
from tests.gateway.console.scripted import Console

NAMES = st.sampled_from(["relay.example.com", "192.0.2.7", "2001:db8::7", "mx1.example.net"])


@given(
    st.builds(
        RouteHost,
        hostname=NAMES,
        port=st.integers(1, 65_535),
        priority=st.integers(0, 65_535),
        by_address=st.booleans(),
    )
)
def test_a_host_reads_back(host: RouteHost) -> None:
    again = routes.parse_host(routes.spell_host(host))
    assert (again.hostname, again.port, again.priority) == (host.hostname, host.port, host.priority)


@given(st.text(max_size=60))
def test_a_host_is_read_or_refused(text: str) -> None:
    try:
        routes.parse_host(text)
    except ValueError as error:
        assert str(error)


@given(st.text(max_size=200))
def test_imports_read_or_refuse(text: str) -> None:
    for read in (routes.routes_of, addresses.aliases_of, dictionaries.entries_of, policies.filters_of):
        try:
            read(text)
        except ValueError as error:
            assert str(error)


def test_routes(console: Console) -> None:
    console.batch("smtproutes", "new", "example.com", "relay1.example.net,[relay2.example.net]:2525/pri=10")
    [route] = console.config.smtp_routes
    assert [(h.hostname, h.port, h.priority, h.by_address) for h in route.hosts] == [
        ("relay1.example.net", 25, 0, False),
        ("relay2.example.net", 2525, 10, True),
    ]
    console.batch("smtproutes", "edit", "example.com", "usedns")
    assert console.config.smtp_routes[0].use is RouteUse.USEDNS
    console.batch("smtproutes", "new", "ALL", "/dev/null")
    with pytest.raises(BadAnswer, match="destination"):
        console.batch("smtproutes", "new", "example.org", "a b c")
    console.batch("smtproutes", "export", "routes.txt")
    text = (console.desk.root / "configuration/routes.txt").read_text()
    assert text == "example.com: USEDNS\nALL: /dev/null\n"
    console.batch("smtproutes", "clear", "--yes")
    assert console.batch("smtproutes", "import", "routes.txt") == {"routes": 2}
    (console.desk.root / "configuration/routes.txt").write_text("example.com relay\nALL: ???\n")
    with pytest.raises(BadFile, match=r"line 1.*line 2"):
        console.batch("smtproutes", "import", "routes.txt")
    assert len(console.config.smtp_routes) == 2


def test_destinations_and_their_default(console: Console) -> None:
    console.batch("destconfig", "new", "example.org", "max_host_concurrency=20", "tls=none")
    console.batch("destconfig", "default", "tls=preferred", "max_host_concurrency=100")
    console.batch("destconfig", "default", "tls=required")
    entries = {control.domain: control for control in console.config.destination_controls}
    assert (entries["example.org"].tls, entries["ALL"].tls) == ("none", "required")
    assert entries["ALL"].max_host_concurrency == 100
    console.batch("destconfig", "edit", "example.org", "tls=default")
    assert console.config.destination_controls[0].tls is None
    with pytest.raises(BadAnswer):
        console.batch("destconfig", "new", "example.net", "certificate=gone")


def test_a_profile_in_use_is_removed_only_with_a_word(console: Console) -> None:
    """G29."""
    console.batch("bounceconfig", "new", "Patient", "max_retries=200")
    console.batch("destconfig", "new", "example.org", "bounce_profile=Patient")
    with pytest.raises(NotConfirmed):
        console.batch("bounceconfig", "delete", "Patient")
    assert console.config.destination_controls[0].bounce_profile == "Patient"
    answer = console.batch("bounceconfig", "delete", "Patient", "--yes")
    assert answer == {"removed": "Patient", "state": "processing"}
    assert console.config.destination_controls[0].bounce_profile is None


def test_dictionaries_and_their_limit(console: Console) -> None:
    """G11, G12."""
    console.batch("dictionaryconfig", "new", "cards")
    console.batch("dictionaryconfig", "edit", "cards", "new", "*credit", "5", "prefix=yes")
    console.batch("dictionaryconfig", "edit", "cards", "new", "#secret")
    console.batch("dictionaryconfig", "edit", "cards", "export", "cards.txt")
    assert (console.desk.root / "configuration/cards.txt").read_text() == "*credit, 5, prefix\n[#]secret, 1\n"
    before = console.config.content_dictionaries
    console.batch("dictionaryconfig", "edit", "cards", "import", "cards.txt")
    assert console.config.content_dictionaries == before
    with pytest.raises(BadAnswer, match="pattern"):
        console.batch("dictionaryconfig", "edit", "cards", "new", "(open")
    console.batch("dictionaryconfig", "dictionarylimits", "150")
    assert console.config.dictionary_limit == 150
    with pytest.raises(BadAnswer):
        console.batch("dictionaryconfig", "dictionarylimits", "151")


@given(
    st.lists(
        st.builds(
            DictionaryEntry,
            term=st.text("abc#, 1", min_size=1)
            .map(str.strip)
            .filter(lambda t: t and not t.startswith("[#]")),
            weight=st.integers(0, 10),
            prefix=st.booleans(),
        ),
        max_size=4,
    )
)
def test_terms_read_back(entries: list[DictionaryEntry]) -> None:
    assert dictionaries.entries_of(dictionaries.text_of(entries)) == entries


def test_a_text_gets_a_name_of_today(console: Console) -> None:
    """G23, U23."""
    console.batch("textconfig", "new", "footer", "kind=disclaimer", "text=For its recipients only.")
    with pytest.raises(BadAnswer, match="letter or underscore"):
        console.batch("textconfig", "new", "my footer", "text=x")
    console.batch("textconfig", "edit", "footer", "rename", "legal")
    assert console.config.text_resources[0].text_name == "legal"


def test_users_of_a_policy_are_unique(console: Console) -> None:
    """G21."""
    console.batch("policyconfig", "incoming", "new", "Finance")
    console.batch("policyconfig", "incoming", "edit", "Finance", "new", "recipients=money@example.com")
    with pytest.raises((Invalid, NotAcceptable), match="twice"):
        console.batch("policyconfig", "incoming", "edit", "Finance", "new", "recipients=money@example.com")
    assert len(console.config.incoming_policies[0].users) == 1


def test_filters(console: Console) -> None:
    console.batch("filters", "new", "big", "rule=if (body-size > 5M) { bounce(); }")
    console.batch("filters", "set", "big", "active=no")
    assert console.config.message_filters[0].active is False
    console.batch("filters", "export", "filters.txt")
    assert console.batch("filters", "import", "filters.txt") == {"filters": 1}


def test_tables_of_addresses(console: Console) -> None:
    console.batch("aliasconfig", "new", "sales@example.com", "alice@example.com,bob@example.com")
    console.batch("aliasconfig", "export", "aliases.txt")
    assert console.batch("aliasconfig", "import", "aliases.txt") == {"aliases": 1}
    console.batch("addresslistconfig", "new", "partners", "kind=domains", "addresses=example.org,example.net")
    with pytest.raises(Invalid, match="twice"):
        console.batch("addresslistconfig", "new", "more", "addresses=example.org,example.org")
    console.batch("exceptionconfig", "new", "partner.example", "reject")
    assert console.config.sender_verification_exceptions[0].behavior == "reject"
