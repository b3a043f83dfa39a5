"""Lines to words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.errors import BadLine
from gateway.console.words import LINE_LIMIT, join, resolve, split

PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]))


@given(st.lists(PRINTABLE))
def test_words_that_are_joined_come_apart_again(words: list[str]) -> None:
    assert split(join(words)) == words


@given(st.text())
def test_any_line_is_words_or_one_error(line: str) -> None:
    try:
        words = split(line)
    except BadLine:
        return
    assert all(isinstance(word, str) for word in words)


@pytest.mark.parametrize("line", ["say 'a", 'say "a', "say a\\", "a\x07b", "a\0b", "x" * (LINE_LIMIT + 1)])
def test_what_is_no_line(line: str) -> None:
    with pytest.raises(BadLine):
        split(line)


def test_nothing_is_expanded() -> None:
    assert split("ping $HOME;reboot `id` $(id) * | sh > /tmp/x") == [
        *["ping", "$HOME;reboot", "`id`", "$(id)", "*", "|", "sh", ">", "/tmp/x"]
    ]


def test_a_name_may_be_shortened() -> None:
    names = ["NEW", "EDIT", "NEWER"]
    assert resolve("e", names) == ["EDIT"]
    assert resolve("new", names) == ["NEW"]
    assert resolve("ne", names) == ["NEW", "NEWER"]
    assert resolve("", names) == []
