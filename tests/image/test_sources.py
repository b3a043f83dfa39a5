import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.sources import NoSources, Sources, choose

TARGETS = """\
Google|cloud|https://third.example/apt/
Debian|Debian|http://mirror.example/debian/
Debian|Debian|http://mirror.example/debian/
Debian|Debian-Security|http://mirror.example/security/
"""
SETTINGS = """\
APT::Architecture "amd64";
Acquire "";
Acquire::http "";
Acquire::http::Proxy "http://proxy.example:3128/";
Acquire::https::mirror.example::CaInfo "/etc/ssl/site.pem";
Acquire::Retries "3";
Acquire::IndexTargets::deb::Packages::Optional "0";
"""


def test_takes_the_hosts_archive_its_security_archive_and_its_proxy() -> None:
    assert choose(TARGETS, SETTINGS) == Sources(
        archive="http://mirror.example/debian/",
        security="http://mirror.example/security/",
        reach=(
            'Acquire::http::Proxy "http://proxy.example:3128/";',
            'Acquire::https::mirror.example::CaInfo "/etc/ssl/site.pem";',
            'Acquire::Retries "3";',
        ),
    )


def test_mirror_replaces_both_archives_and_keeps_the_proxy() -> None:
    chosen = choose(TARGETS, SETTINGS, "http://other.example/debian")
    assert (chosen.archive, chosen.security) == ("http://other.example/debian", None)
    assert len(chosen.reach) == 3


def test_a_host_without_debian_archives_is_told_about_mirror() -> None:
    with pytest.raises(NoSources) as refused:
        choose("Ubuntu|Ubuntu|http://mirror.example/ubuntu/\n", "")
    assert "--mirror" in refused.value.hint()


def test_deb822_names_debian_13_and_its_keyring_and_no_debug_archive() -> None:
    text = choose(TARGETS, "").deb822()
    stanzas = [dict(line.split(": ", 1) for line in stanza.splitlines()) for stanza in text.split("\n\n")]
    assert [stanza["Suites"] for stanza in stanzas] == ["trixie trixie-updates", "trixie-security"]
    assert {stanza["Signed-By"] for stanza in stanzas} == {"/usr/share/keyrings/debian-archive-keyring.gpg"}
    assert "debug" not in text


def test_one_line_form_says_the_same() -> None:
    assert [line.split()[3] for line in choose(TARGETS, "").lines()] == [
        "trixie",
        "trixie-updates",
        "trixie-security",
    ]


fields = st.text(st.characters(exclude_characters="|\n\r", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(fields, fields, fields)), st.text())
def test_whatever_apt_prints_gives_sources_or_a_refusal(
    rows: list[tuple[str, str, str]], settings: str
) -> None:
    targets = "\n".join("|".join(row) for row in rows if row[0])
    if not any(row[:2] == ("Debian", "Debian") for row in rows):
        with pytest.raises(NoSources):
            choose(targets, settings)
    else:
        assert choose(targets, settings).archive is not None
