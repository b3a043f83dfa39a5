"""Import and export of the host access table: the incumbent's text form, refused whole if a line is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access.hat import Entry, HostAccessTable, Member, public_table
from gateway.access.hat_text import format_hat, parse_hat
from gateway.access.policies import SETTINGS, AccessRule, Kind, MailFlowPolicy, SmtpAuth, Tls, Value
from gateway.access.sources import BadSource, Everyone, Source, parse_source
from gateway.access.tokens import BadTable

INCUMBENT = """\
# File exported by the CLI
$ACCEPTED
    ACCEPT {}
$THROTTLED
    ACCEPT {
        spam_check = "on"
        max_msgs_per_session = 10
        max_concurrency = 10
        max_rcpts_per_msg = 25
        max_rcpts_per_hour = 1
        dhap_limit = 0
        virus_check = "on"
        max_message_size = 1048576
        use_sb = "on"
        tls = "off"
    }
$TRUSTED
    ACCEPT {
        max_rcpts_per_hour = -1
    }
$BLOCKED
    REJECT
WHITELIST:
        $TRUSTED (My trusted senders have no anti-spam scanning or rate
limiting)
BLACKLIST:
        sbrs[-10.0:-3.0] (a "bad" score; see # 1)
        $BLOCKED (Spammers are rejected)
SUSPECTLIST:
        $THROTTLED (Suspicious senders are throttled)
spamdomain.com
    REJECT (reject (for good) the domain "spamdomain.com")
.spamdomain.com
    REJECT (reject all subdomains of ".spamdomain.com")
251.192.1.
    TCPREFUSE (TCPREFUSE the IP addresses in "251.192.1")
169.254.10.10
    RELAY (RELAY the address 169.254.10.10)
ALL
    $ACCEPTED
"""


def test_the_incumbents_example() -> None:
    table = parse_hat(INCUMBENT)
    assert [policy.name for policy in table.policies] == ["ACCEPTED", "THROTTLED", "TRUSTED", "BLOCKED"]
    assert table.policy["THROTTLED"].settings["max_rcpts_per_msg"] == 25
    assert table.policy["ACCEPTED"].settings == {}
    assert table.policy["BLOCKED"].rule is AccessRule.REJECT
    assert [entry.group for entry in table.entries] == ["WHITELIST", "BLACKLIST", "SUSPECTLIST"] + [""] * 5
    assert table.entries[0].comment == "My trusted senders have no anti-spam scanning or rate limiting"
    assert table.entries[1].members == (Member(parse_source("sbrs[-10:-3]"), 'a "bad" score; see # 1'),)
    assert table.entries[5].policy is AccessRule.TCPREFUSE
    assert parse_hat(format_hat(table)) == table


def test_predefined_table_round_trips() -> None:
    table = public_table(["10.1.", ".bücher.example"])
    assert ".bücher.example" in format_hat(table)
    assert parse_hat(format_hat(table)) == table


@pytest.mark.parametrize(
    ("text", "line", "allowed"),
    [
        ("", 1, "ALL with a policy as the last entry"),
        ("$A\n  ALLOW\nALL\n  REJECT", 2, "ACCEPT, RELAY"),
        ("$A ACCEPT\n$A ACCEPT\nALL $A", 2, "not used before"),
        ("$A ACCEPT {\n  max_message_size = big\n}\nALL $A", 2, "a number from 1024"),
        ("$A ACCEPT {\n  max_message_size = 5\n}\nALL $A", 2, "a number from 1024"),
        ('$A ACCEPT {\n  tls = "maybe"\n}\nALL $A', 2, '"off", "preferred" or "required"'),
        ("$A ACCEPT {\n  colour = 1\n}\nALL $A", 2, "once each"),
        ('$A ACCEPT {\n  use_sb = "on"\n use_sb = "on"\n}\nALL $A', 3, "once each"),
        ("$A ACCEPT {\n  use_sb\n}\nALL $A", 2, "name = value"),
        ('$A ACCEPT {\n  smtp_banner_text = "a\\\rb"\n}\nALL $A', 2, "a text in double quotes"),
        ("$A ACCEPT {\n  use_sb =", 2, "}"),
        ("G:\n  1.2.3.4.5\n  REJECT\nALL REJECT", 2, "an IP address"),
        ("G:\n  $NONE\nALL REJECT", 2, "a policy that the table defines"),
        ("G:\n  ALL\n  REJECT\nALL REJECT", 2, "ALL only as the last entry"),
        ("G: REJECT\nG: REJECT\nALL REJECT", 2, "every group once"),
        ("G:\n 10.", 1, "sources, then"),
        ('G:\n "x"\n', 2, "an IP address"),
        ("10.\n 11.\nALL REJECT", 2, "$POLICY or one of"),
        ("10.", 1, "after the source"),
        ("ALL REJECT\n10. REJECT", 2, "nothing after ALL"),
        ("}\nALL REJECT", 1, "$POLICY, GROUP:"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_allowed(text: str, line: int, allowed: str) -> None:
    with pytest.raises(BadTable) as raised:
        parse_hat(text)
    assert any(problem.line == line and allowed in problem.allowed for problem in raised.value.problems)
    assert f"line {line}" in str(raised.value)


def test_all_problems_are_listed() -> None:
    wrong = "\n".join(f"{n}.{n}.{n}.999 REJECT" for n in range(40))
    with pytest.raises(BadTable) as raised:
        parse_hat(wrong + "\nALL REJECT")
    assert [problem.line for problem in raised.value.problems] == list(range(1, 41))
    assert str(raised.value).endswith("and 20 more")


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_\-]{0,8}", fullmatch=True)
COMMENTS = st.text(st.characters(codec="utf-8"), max_size=20).map(lambda text: " ".join(text.split()))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20).filter(
    lambda text: text.replace("\n", "").isprintable()
)


def values(name: str) -> st.SearchStrategy[Value]:
    setting = SETTINGS[name]
    match setting.kind:
        case Kind.NUMBER:
            return st.integers(setting.low, setting.high)
        case Kind.SWITCH:
            return st.booleans()
        case Kind.TLS:
            return st.sampled_from(Tls)
        case Kind.AUTH:
            return st.sampled_from(SmtpAuth)
        case Kind.TEXT:
            return TEXTS


def _sources() -> st.SearchStrategy[Source]:
    fixed = ["10.1.", "192.0.2.1-9", "10/8", "2001:db8::/32", "a.example", ".bücher.example", "sbrs[none]"]
    return st.sampled_from(
        [parse_source(text) for text in [*fixed, "sbrs[-1.5:2]", "dnslist[bl.example]", "nx.domain"]]
    )


@st.composite
def tables(draw: st.DrawFn) -> HostAccessTable:
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    policies = tuple(
        MailFlowPolicy(
            name,
            draw(st.sampled_from(AccessRule)),
            {
                key: draw(values(key))
                for key in draw(st.lists(st.sampled_from(sorted(SETTINGS)), max_size=4, unique=True))
            },
        )
        for name in names
    )
    actions = st.sampled_from([*names, *AccessRule])
    members = st.builds(Member, _sources(), COMMENTS)
    entries = [
        Entry(group, tuple(draw(st.lists(members, max_size=4))), draw(actions), draw(COMMENTS))
        for group in draw(st.lists(NAMES, max_size=3, unique=True))
    ]
    entries += [
        Entry("", (member,), draw(actions), draw(COMMENTS)) for member in draw(st.lists(members, max_size=3))
    ]
    return HostAccessTable(
        policies, (*entries, Entry("", (Member(Everyone()),), draw(actions), draw(COMMENTS)))
    )


@given(tables())
def test_round_trip(table: HostAccessTable) -> None:
    assert parse_hat(format_hat(table)) == table


@given(
    st.one_of(st.text(max_size=200), st.lists(st.sampled_from(INCUMBENT.split()), max_size=30).map(" ".join))
)
def test_raises_nothing_else(text: str) -> None:
    try:
        table = parse_hat(text)
    except BadTable as error:
        assert error.problems
    except BadSource:
        pytest.fail("a source's error got out")
    else:
        assert parse_hat(format_hat(table)) == table
