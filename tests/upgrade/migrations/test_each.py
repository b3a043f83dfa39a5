"""What each migration does to which document."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from tests.upgrade.migrations.certificates import NOW, authority
from upgrade.migrations.report import Entry, Kind
from upgrade.migrations.run import migrate


def run(name: str, inner: str) -> tuple[Any, tuple[Entry, ...]]:
    result = migrate(f"<config>{inner}</config>".encode(), [name], NOW)
    return etree.fromstring(result.document), result.entries


def kinds(entries: tuple[Entry, ...]) -> list[Kind]:
    return [entry.kind for entry in entries]


def test_u10_lowest_level_and_larger_values() -> None:
    root, entries = run(
        "ims-graymail-globals",
        "<multi_scan><level>cluster</level><timeout>30</timeout></multi_scan>"
        "<graymail><level>group</level><maximum_message_size>2097152</maximum_message_size></graymail>",
    )
    for part in ("multi_scan", "graymail"):
        assert root.findtext(f"{part}/level") == "group"
        assert root.findtext(f"{part}/timeout") == "60"
        assert root.findtext(f"{part}/maximum_message_size") == "2097152"
    assert kinds(entries) == [Kind.CHANGED, Kind.REVIEW, Kind.CHANGED, Kind.CHANGED]


def test_u10_what_is_the_same_is_left_alone() -> None:
    assert run("ims-graymail-globals", "<multi_scan><timeout>60</timeout></multi_scan>")[1] == ()


def filtered(rule: str) -> str:
    return (
        "<message_filters><filter><filter_name>f</filter_name>"
        f"<rule><![CDATA[{rule}]]></rule></filter></message_filters>"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'sdr-reputation ([\'awful\', "Poor"], "x")',
            "sdr-reputation (['untrusted', 'questionable'], \"x\")",
        ),
        ("sdr-reputation(['poor','tainted'])", "sdr-reputation (['questionable'])"),
        ("sdr-reputation (['good'])", "sdr-reputation (['favorable', 'trusted'])"),
        ("sdr-reputation( ['neutral'] )", "sdr-reputation( ['neutral'] )"),
        ("subject == \"sdr-reputation (['awful'])\"", "subject == \"sdr-reputation (['awful'])\""),
        ("# sdr-reputation (['awful'])", "# sdr-reputation (['awful'])"),
    ],
)
def test_u21_verdicts(before: str, after: str) -> None:
    root, entries = run("sdr-verdicts", filtered(before))
    assert root.findtext("message_filters/filter/rule") == after
    assert kinds(entries) == ([] if before == after else [Kind.CHANGED, Kind.REVIEW])


def test_u21_a_word_that_is_no_verdict_is_told() -> None:
    (entry,) = run("sdr-verdicts", filtered("sdr-reputation (['splendid'])"))[1]
    assert entry.kind is Kind.REVIEW and "splendid" in entry.text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('sdr-age ("days", <, 5, "")', 'sender-maturity ("days", <, 5, "")'),
        ('sdr-age("weeks",<=,4,"")', 'sender-maturity ("days", <=, 28, "")'),
        ('sdr-age ("months", ==, 1, "")', 'sender-maturity ("days", ==, 30, "")'),
        ('sdr-age ("unknown", "")', 'sender-maturity ("unknown", "")'),
    ],
)
def test_u21_ages_in_days(before: str, after: str) -> None:
    root, entries = run("sender-maturity", filtered(before))
    assert root.findtext("message_filters/filter/rule") == after
    assert root.find("message_filters/filter/active") is None
    assert kinds(entries) == [Kind.CHANGED]


@pytest.mark.parametrize(
    "words", ['"months", <, 2, ""', '"days", <, 31, ""', '"days", <, -1', '"eons", <, 1', ""]
)
def test_u21_an_invalid_value_leaves_the_filter_inactive(words: str) -> None:
    root, entries = run("sender-maturity", filtered(f"sdr-age ({words})"))
    assert root.findtext("message_filters/filter/active") == "no"
    assert root.findtext("message_filters/filter/rule") == f"sender-maturity ({words})"
    assert kinds(entries) == [Kind.CHANGED, Kind.CHANGED, Kind.REVIEW]


def test_u20_buffers_of_one_gigabyte() -> None:
    one = "<log_subscription><log_name>a</log_name><disk_buffer>{}</disk_buffer></log_subscription>"
    root, entries = run(
        "syslog-buffers", f"<log_subscriptions>{one.format(5 << 30)}{one.format(9)}</log_subscriptions>"
    )
    assert [e.text for e in root.iter("disk_buffer")] == [str(1 << 30), "9"]
    assert kinds(entries) == [Kind.CHANGED]


def test_u22_the_old_default_is_written_down_and_a_value_kept() -> None:
    assert run("web-timeout", "")[0].findtext("admin_access/web_timeout") == "30"
    root, entries = run("web-timeout", "<admin_access><web_timeout>45</web_timeout></admin_access>")
    assert root.findtext("admin_access/web_timeout") == "45" and entries == ()


def test_u23_names_with_spaces_are_kept_and_told() -> None:
    inner = "".join(
        f"<text_resource><text_name>{name}</text_name></text_resource>" for name in ("a b", "a_b", "1st")
    )
    root, entries = run("text-resource-names", f"<text_resources>{inner}</text_resources>")
    assert [e.text for e in root.iter("text_name")] == ["a b", "a_b", "1st"]
    assert [entry.element for entry in entries] == ["text resource a b", "text resource 1st"]


def test_u19_authorities() -> None:
    good, late = authority("Good"), authority("Late", days=-1)
    no, unmarked = authority("No", ca=False), authority("Unmarked", ca=None)
    inner = "".join(
        f"<authority>{pem}</authority>" for pem in (good, late, no, unmarked, f"{late}\n{good}", "?")
    )
    root, entries = run(
        "ca-certificates",
        f"<certificate_authorities><authorities>{inner}</authorities></certificate_authorities>",
    )
    assert [e.text for e in root.iter("authority")] == [good, good, "?"]
    assert kinds(entries) == [Kind.DROPPED] * 4 + [Kind.REVIEW]
    assert entries[0].element == "CA certificate CN=Late" and "expired on 2026-11-23" in entries[0].text
