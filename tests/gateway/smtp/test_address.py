"""RFC 5321 and RFC 6531 mailboxes: tables of what is sent. The grammar as a whole is in test_grammar.py."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from gateway.smtp.address import (
    AddressProblem,
    BadAddress,
    Literal,
    Mailbox,
    parse_forward_path,
    parse_mailbox,
    parse_reverse_path,
)

GOOD = {
    "a@b": ("a", "b"),
    "User.Name+tag@Mail.EXAMPLE.com": ("User.Name+tag", "mail.example.com"),
    "!#$%&'*+-/=?^_`{|}~@example.com": ("!#$%&'*+-/=?^_`{|}~", "example.com"),
    '"a b"@example.com': ('"a b"', "example.com"),
    r'"a\"b\\c"@example.com': (r'"a\"b\\c"', "example.com"),
    '""@example.com': ('""', "example.com"),
    '"a@b"@example.com': ('"a@b"', "example.com"),
    "a@1and1.com": ("a", "1and1.com"),
    "a@xn--bcher-kva.example": ("a", "xn--bcher-kva.example"),
    "a@[192.0.2.1]": ("a", "[192.0.2.1]"),
    "a@[IPv6:2001:DB8:0::1]": ("a", "[IPv6:2001:db8::1]"),
    "a@[ipv6:2001:db8::192.0.2.1]": ("a", "[IPv6:2001:db8::c000:201]"),
    "a@[x400:c=gb]": ("a", "[x400:c=gb]"),
    "x" * 64 + "@example.com": ("x" * 64, "example.com"),
    "a@" + "d" * 63 + ".example": ("a", "d" * 63 + ".example"),
}

BAD = {
    "": AddressProblem.SYNTAX,
    "a": AddressProblem.SYNTAX,
    "@b": AddressProblem.SYNTAX,
    "a@": AddressProblem.SYNTAX,
    "a..b@example.com": AddressProblem.SYNTAX,
    ".a@example.com": AddressProblem.SYNTAX,
    "a.@example.com": AddressProblem.SYNTAX,
    "a b@example.com": AddressProblem.SYNTAX,
    "a@b@example.com": AddressProblem.SYNTAX,
    "a@example..com": AddressProblem.SYNTAX,
    "a@example.com.": AddressProblem.SYNTAX,
    "a@-example.com": AddressProblem.SYNTAX,
    "a@example-.com": AddressProblem.SYNTAX,
    "a@exa_mple.com": AddressProblem.SYNTAX,
    "(comment)a@example.com": AddressProblem.SYNTAX,
    '"a@example.com': AddressProblem.SYNTAX,
    '"a"b@example.com': AddressProblem.SYNTAX,
    '"a\r\nb"@example.com': AddressProblem.SYNTAX,
    "a@example.com\n": AddressProblem.SYNTAX,
    "a\x00@example.com": AddressProblem.SYNTAX,
    "a@[192.0.2.256]": AddressProblem.LITERAL,
    "a@[192.0.2.01]": AddressProblem.LITERAL,
    "a@[192.0.2.1": AddressProblem.SYNTAX,
    "a@[IPv6:fe80::1%eth0]": AddressProblem.LITERAL,
    "a@[2001:db8::1]": AddressProblem.LITERAL,
    "a@[IPv6:]": AddressProblem.LITERAL,
    "a@[x-:y]": AddressProblem.LITERAL,
    "x" * 65 + "@example.com": AddressProblem.LOCAL_TOO_LONG,
    "a@" + "d" * 64 + ".example": AddressProblem.DOMAIN,
    "a@" + "d." * 200 + "d": AddressProblem.PATH_TOO_LONG,
    "ü@example.com": AddressProblem.UTF8,
    "a@bücher.example": AddressProblem.UTF8,
}


@pytest.mark.parametrize("text", GOOD)
def test_good(text: str) -> None:
    assert parse_mailbox(text) == Mailbox(*GOOD[text])
    assert parse_mailbox(text, utf8=True) == Mailbox(*GOOD[text])
    assert parse_forward_path(f"<{text}>") == (Mailbox(*GOOD[text]), "")
    assert parse_reverse_path(f"<{text}> SIZE=1") == (Mailbox(*GOOD[text]), "SIZE=1")


@pytest.mark.parametrize("text", BAD)
def test_bad(text: str) -> None:
    with pytest.raises(BadAddress) as raised:
        parse_mailbox(text)
    assert raised.value.problem is BAD[text]
    for parse in (parse_forward_path, parse_reverse_path):
        if text:
            with pytest.raises(BadAddress):
                parse(f"<{text}>")


@pytest.mark.parametrize(
    ("text", "local", "domain"),
    [
        ("ü@Bücher.example", "ü", "xn--bcher-kva.example"),
        ("用户@例え.テスト", "用户", "xn--r8jz45g.xn--zckzah"),
        ('"ü x"@example.com', '"ü x"', "example.com"),
        ("a@xn--bcher-kva.bücher.example", "a", "xn--bcher-kva.xn--bcher-kva.example"),
    ],
)
def test_internationalized(text: str, local: str, domain: str) -> None:
    assert parse_mailbox(text, utf8=True) == Mailbox(local, domain)
    assert parse_forward_path(f"<{text}>", utf8=True)[0] == Mailbox(local, domain)


@pytest.mark.parametrize(
    "text",
    [
        "a@bu\u0308cher.example",  # not in normalization form C
        "a@bücher。example",  # an ideographic full stop is no dot on the wire
        "a@\u202ebücher.example",
        "a@-bücher.example",
        "a@bücher..example",
        "a@bücher.example.",
        "a@bücher-.example",
        "a@" + "ü" * 64 + ".example",
        "\ud800@example.com",
        "\x85@example.com",
        "a\u2028b@example.com",
        "ü" * 33 + "@example.com",
        "ü@-example",
    ],
)
def test_internationalized_and_bad(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_mailbox(text, utf8=True)


def test_null_path_is_for_senders_only() -> None:
    assert parse_reverse_path("<>") == (None, "")
    assert parse_reverse_path("<> RET=HDRS") == (None, "RET=HDRS")
    with pytest.raises(BadAddress) as raised:
        parse_forward_path("<>")
    assert raised.value.problem is AddressProblem.NULL


def test_postmaster_needs_no_domain_as_a_recipient() -> None:
    mailbox, rest = parse_forward_path("<PostMaster> NOTIFY=NEVER")
    assert (mailbox, rest) == (Mailbox("PostMaster", ""), "NOTIFY=NEVER")
    assert str(mailbox) == "PostMaster"
    with pytest.raises(BadAddress) as raised:
        parse_reverse_path("<Postmaster>")
    assert raised.value.problem is AddressProblem.NO_DOMAIN


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a@b", AddressProblem.BRACKETS),
        (" <a@b>", AddressProblem.BRACKETS),
        ("<a@b", AddressProblem.BRACKETS),
        ("<a@b>x", AddressProblem.SYNTAX),
        ("<a@b>\tSIZE=1", AddressProblem.SYNTAX),
        ("<a>", AddressProblem.NO_DOMAIN),
        ("<a@b> <c@d>", None),
    ],
)
def test_brackets(text: str, problem: AddressProblem | None) -> None:
    if problem is None:
        assert parse_forward_path(text)[1] == "<c@d>"  # the parameter parser refuses it
        return
    with pytest.raises(BadAddress) as raised:
        parse_forward_path(text)
    assert raised.value.problem is problem


def test_a_default_domain_for_addresses_that_have_none() -> None:
    found = parse_forward_path("<user.name> NOTIFY=NEVER", default_domain="xn--bcher-kva.example")
    assert found == (Mailbox("user.name", "xn--bcher-kva.example"), "NOTIFY=NEVER")
    sender, _ = parse_reverse_path("<Postmaster>", default_domain="a.example")
    assert sender == Mailbox("Postmaster", "a.example")
    assert parse_forward_path("<Postmaster>", default_domain="a.example")[0] == Mailbox("Postmaster", "")
    assert parse_reverse_path("<>", default_domain="a.example") == (None, "")
    assert parse_forward_path("<a@b>", default_domain="a.example")[0] == Mailbox("a", "b")
    for text in ("<a..b>", "<.a>", "<a b>", "a", "<a>x", "<" + "x" * 65 + ">"):
        with pytest.raises(BadAddress):
            parse_forward_path(text, default_domain="a.example")


def test_a_source_route_is_dropped() -> None:
    assert parse_forward_path("<@one.example,@[192.0.2.1]:user@two.example>") == (
        Mailbox("user", "two.example"),
        "",
    )
    for text in ("<@one.example:>", "<@one.example,user@two.example>", "<@:user@two.example>"):
        with pytest.raises(BadAddress):
            parse_forward_path(text)


def test_what_a_mailbox_knows() -> None:
    assert Mailbox(r'"a\ b"', "example.com").user == "a b"
    assert Mailbox("ab", "example.com").user == "ab"
    assert Mailbox("ü", "example.com").needs_utf8
    assert Mailbox("a", "xn--bcher-kva.example").readable == "a@bücher.example"
    assert Mailbox("a", "xn--zzzzzz99.example").readable == "a@xn--zzzzzz99.example"
    assert Mailbox("a", "[192.0.2.1]").ip == ip_address("192.0.2.1")
    assert Mailbox("a", "[IPv6:2001:db8::1]").ip == ip_address("2001:db8::1")
    assert Mailbox("a", "[x400:1]").literal is Literal.GENERAL
    assert Mailbox("a", "[x400:1]").ip is None
    assert Mailbox("a", "example.com").literal is None
