import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.version import BadVersion, Version

numbers = st.integers(0, 999)


@given(st.builds(Version, numbers, numbers, numbers, numbers))
def test_reads_what_it_writes(version: Version) -> None:
    assert Version.parse(str(version)) == version


@given(st.text() | st.from_regex(r"\d+\.\d+\.\d+-\d+", fullmatch=True))
def test_reads_a_version_in_its_one_spelling_or_refuses(text: str) -> None:
    try:
        assert str(Version.parse(text)) == text
    except BadVersion as error:
        assert repr(text) in str(error)


@pytest.mark.parametrize(
    "text",
    [
        *["", "14.2.3", "14.2.3-31", "14.2.3-031 ", "14.2.3-031\n", "14.2.3.031", "v14.2.3-031"],
        *["14.2.3-0310", "014.2.3-031", "14.02.3-031", "14.2.3-٠٣١", "１４.2.3-031"],
    ],
)
def test_near_misses_are_refused(text: str) -> None:
    with pytest.raises(BadVersion):
        Version.parse(text)


def test_orders_by_number_not_by_letter() -> None:
    written = ["14.2.3-031", "9.1.2-054", "14.2.10-001", "14.2.3-027"]
    in_order = [str(version) for version in sorted(map(Version.parse, written))]
    assert in_order == ["9.1.2-054", "14.2.3-027", "14.2.3-031", "14.2.10-001"]


@given(st.builds(Version, numbers, numbers, numbers, numbers))
def test_fits_a_gpt_label(version: Version) -> None:
    assert len(Version.LABEL_PREFIX + str(version)) <= 36
