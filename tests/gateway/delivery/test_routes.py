"""gateway.delivery.routes"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.routes import (
    BadRoute,
    BadRoutes,
    Route,
    RouteHost,
    RouteKind,
    Routes,
    parse_host,
    parse_route,
    parse_routes,
)

TEXT = """\
# Where mail goes
example.com      relay1.example.net:2525/pri=10, [relay2.example.net], [192.0.2.7]:26
.example.com     /dev/null
bücher.example   USEDNS
ALL              smarthost.example.net  # the rest
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("host.example", RouteHost("host.example")),
        ("Host.Example:587", RouteHost("host.example", 587)),
        ("host.example/pri=5", RouteHost("host.example", 25, 5)),
        ("[host.example]:26/pri=0", RouteHost("host.example", 26, 0, True)),
        ("192.0.2.1", RouteHost("192.0.2.1", by_address=True)),
        ("[192.0.2.1]:2525", RouteHost("192.0.2.1", 2525, by_address=True)),
        ("2001:db8::1", RouteHost("2001:db8::1", by_address=True)),
        ("[2001:DB8::1]:26", RouteHost("2001:db8::1", 26, by_address=True)),
        ("[IPv6:2001:db8::1]", RouteHost("2001:db8::1", by_address=True)),
        ("bücher.example", RouteHost("xn--bcher-kva.example")),
    ],
)
def test_hosts(text: str, wanted: RouteHost) -> None:
    assert parse_host(text) == wanted
    assert parse_host(wanted.to_text()) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "host:0",
        "host:65536",
        "host:x",
        "host/pri=65536",
        "host/pri=",
        "[]",
        "[a",
        "-x",
        "a,b",
        "a/pri=1:25",
    ],
)
def test_what_is_no_host(text: str) -> None:
    with pytest.raises(BadRoute):
        parse_host(text)


def test_a_host_named_twice_is_a_mistake() -> None:
    with pytest.raises(BadRoute, match="twice"):
        parse_route("a.example, A.example/pri=3")


def test_lookup_takes_the_most_specific_route() -> None:
    routes = parse_routes(TEXT)
    found = routes.find("example.com")
    assert found is not None
    assert [host.host for host in found.hosts] == ["relay1.example.net", "relay2.example.net", "192.0.2.7"]
    assert routes.find("sub.example.com") == Route(RouteKind.DISCARD)
    assert routes.find("xn--bcher-kva.example") is None, "USEDNS takes a domain out of ALL"
    assert routes.find("other.example") == Route(RouteKind.HOSTS, (RouteHost("smarthost.example.net"),))
    assert routes.find("[192.0.2.55]") == routes.find("other.example")


def test_export_can_be_imported() -> None:
    routes = parse_routes(TEXT)
    text = routes.to_text()
    assert "bücher.example USEDNS\n" in text
    assert "example.com relay1.example.net:2525/pri=10, [relay2.example.net], [192.0.2.7]:26\n" in text
    assert parse_routes(text).entries() == routes.entries()


def test_every_faulty_line_is_named() -> None:
    with pytest.raises(BadRoutes) as caught:
        parse_routes("a.example host:0\nb.example\n\na..b host\nc.example ok.example\nC.Example other\n")
    assert [number for number, _ in caught.value.fields["lines"]] == [1, 2, 4, 6]
    assert str(caught.value).startswith("The SMTP routes have 4 mistakes, the first in line 1: 'host:0'")


@given(st.text(alphabet=st.sampled_from("aB0.-_ [],:/=pri\n#ü\t*"), max_size=60))
def test_any_text_is_routes_or_a_mistake(text: str) -> None:
    try:
        routes = parse_routes(text)
    except BadRoutes:
        return
    assert parse_routes(routes.to_text()).entries() == routes.entries()


_HOSTS = st.builds(
    RouteHost,
    st.from_regex(r"[a-z][a-z0-9]{0,8}\.[a-z]{2,5}", fullmatch=True),
    st.integers(1, 65_535),
    st.integers(0, 65_535),
    st.booleans(),
)


@given(st.lists(_HOSTS, min_size=1, max_size=5, unique_by=lambda host: host.host))
def test_routes_survive_export_and_import(hosts: list[RouteHost]) -> None:
    routes = Routes({"example.com": Route(RouteKind.HOSTS, tuple(hosts))})
    assert parse_routes(routes.to_text()).entries() == routes.entries()
