"""All migrations: idempotent, nothing lost but what is meant to go, what is valid stays valid (U10, U19–U23)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.config import xml
from tests.upgrade.migrations.certificates import NOW, authority
from upgrade.catalogue.catalogue import catalogue
from upgrade.migrations.document import NotXml
from upgrade.migrations.report import Kind
from upgrade.migrations.run import IDS, UnknownMigration, migrate

_RULES = (
    "if (sdr-reputation (['awful', 'poor'], \"\")) { drop(); }",
    'if (sdr-reputation ([\'good\'], "") or sdr-age ("weeks", <, 2, "")) { deliver(); }',
    'if (sdr-age ("years", <, 1, "")) { log-entry("sdr-age(1)"); }',
    "# sdr-age\nif (subject == 'sdr-age (\"days\", <, 3)') { drop(); }",
    "if (sdr-age(",
)
_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}( [a-z]{1,4})?", fullmatch=True)
_scans = st.fixed_dictionaries(
    {},
    optional={
        "level": st.sampled_from(["machine", "group", "cluster"]),
        "maximum_message_size": st.integers(1024, 1 << 20).map(str),
        "timeout": st.integers(1, 600).map(str),
    },
)


def _element(parent: Any, name: str, text: str = "") -> Any:
    child = etree.SubElement(parent, name)
    child.text = text
    return child


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    root = etree.Element("config")
    _element(root, "hostname", "mx.example.com")
    for part in ("multi_scan", "graymail"):
        if draw(st.booleans()):
            node = _element(root, part)
            for name, value in draw(_scans).items():
                _element(node, name, value)
    filters = _element(root, "message_filters")
    for name, rule in draw(st.dictionaries(_names, st.sampled_from(_RULES), max_size=4)).items():
        one = _element(filters, "filter")
        _element(one, "filter_name", name)
        _element(one, "rule", rule)
    texts = _element(root, "text_resources")
    for name in draw(st.sets(_names, max_size=3)):
        one = _element(texts, "text_resource")
        _element(one, "text_name", name)
        _element(one, "text", "hello")
    if draw(st.booleans()):
        _element(_element(root, "admin_access"), "console_timeout", "20")
    ours = draw(st.lists(st.sampled_from([(300, True), (-1, True), (300, False), (300, None)]), max_size=4))
    list_ = _element(_element(root, "certificate_authorities"), "authorities")
    for days, ca in ours:
        _element(list_, "authority", authority(days=days, ca=ca))
    return etree.tostring(root)


def _count(raw: bytes) -> Counter[str]:
    return Counter(str(element.tag) for element in etree.fromstring(raw).iter())


@given(documents())
def test_migrating_twice_changes_nothing_more(raw: bytes) -> None:
    once = migrate(raw, IDS, NOW)
    twice = migrate(once.document, IDS, NOW)
    assert twice.document == once.document
    assert all(entry.kind is Kind.REVIEW for entry in twice.entries)


@given(documents())
def test_no_element_is_lost_but_authorities_that_are_said_to_be_dropped(raw: bytes) -> None:
    result = migrate(raw, IDS, NOW)
    told = sum(entry.kind is Kind.DROPPED for entry in result.entries)
    assert _count(raw) - _count(result.document) == +Counter({"authority": told})


@given(documents())
def test_what_is_valid_stays_valid(raw: bytes) -> None:
    xml.loads(raw)
    after = xml.loads(migrate(raw, IDS, NOW).document)
    assert after.multi_scan.level is after.graymail.level
    assert after.multi_scan.timeout == after.graymail.timeout
    assert after.admin_access.web_timeout == 30
    for one in after.message_filters:
        assert "'awful'" not in one.rule and "'good'" not in one.rule
        assert not (one.active and '"years"' in one.rule)


def test_every_migration_that_a_release_names_is_there() -> None:
    named = {one.id for release in catalogue().releases.values() for one in release.migrations}
    assert named == set(IDS)


def test_what_needs_no_change_keeps_its_bytes() -> None:
    raw = b"<config>\n  <!-- mine --><hostname>a.b</hostname></config>"
    assert migrate(raw, ["sdr-verdicts", "ca-certificates"], NOW).document is raw


def test_what_stands_around_is_kept() -> None:
    raw = b'<!DOCTYPE config SYSTEM "config.dtd">\n<!-- mine -->\n<config><!-- x --><hostname>a.b</hostname></config>'
    after = migrate(raw, ["web-timeout"], NOW).document
    assert b"<!DOCTYPE config" in after and b"<!-- mine -->" in after and b"<!-- x -->" in after


def test_a_migration_of_a_later_release_is_refused() -> None:
    with pytest.raises(UnknownMigration, match="tomorrow"):
        migrate(b"<config/>", ["tomorrow"], NOW)


@pytest.mark.parametrize("raw", [b"", b"<config>", b"<other/>", b"\xff\xfe<"])
def test_what_is_no_configuration_is_refused(raw: bytes) -> None:
    with pytest.raises(NotXml):
        migrate(raw, IDS, NOW)


@given(st.binary(max_size=100))
def test_any_bytes_are_migrated_or_refused(raw: bytes) -> None:
    try:
        migrate(raw, IDS, NOW)
    except NotXml as error:
        assert str(error)
