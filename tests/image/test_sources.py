import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.sources import NoSources, Sources, choose, complete

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


UBUNTU = "Ubuntu|Ubuntu|http://mirror.example/ubuntu/\n"


def test_a_host_that_is_no_debian_leaves_it_to_mmdebstrap_and_learns_from_it() -> None:
    unknown = choose(UBUNTU, SETTINGS)
    assert (unknown.archive, unknown.lines()) == (None, [])
    learned = complete(
        unknown,
        "deb http://a.example/debian trixie main\n"
        "deb [signed-by=/k.gpg] http://a.example/debian trixie-updates main\n"
        "deb http://s.example/debian-security trixie-security main\n",
    )
    assert learned == Sources("http://a.example/debian", "http://s.example/debian-security", unknown.reach)


def test_what_is_known_is_not_learned_again() -> None:
    known = choose(TARGETS, "")
    assert complete(known, "deb http://other.example/debian trixie main\n") == known


@given(st.text())
def test_a_tree_that_names_no_archive_is_an_error_about_mirror(lines: str) -> None:
    with pytest.raises(NoSources) as refused:
        complete(Sources(None, None), lines)
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
def test_whatever_apt_prints_is_read(rows: list[tuple[str, str, str]], settings: str) -> None:
    targets = "\n".join("|".join(row) for row in rows if row[0])
    known = any(row[:2] == ("Debian", "Debian") for row in rows)
    assert (choose(targets, settings).archive is not None) == known
