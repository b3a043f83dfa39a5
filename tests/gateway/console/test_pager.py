"""A page at a time."""

from gateway.console.pager import MORE, Pager


def paged(text: str, keys: str, size: tuple[int, int] = (80, 5)) -> tuple[str, str]:
    """What is on the screen, and keys that were left."""
    shown: list[str] = []
    left = list(keys)
    pager = Pager(shown.append, lambda: size, lambda: left.pop(0))
    pager.write(text)
    return "".join(shown).replace(MORE, "<more>").replace("\r" + " " * len(MORE) + "\r", ""), "".join(left)


def test_a_full_screen_waits() -> None:
    assert paged("1\n2\n3\n4\n5\n6\n", " ") == ("1\n2\n3\n4\n<more>5\n6\n", "")
    assert paged("1\n2\n3\n4\n", "") == ("1\n2\n3\n4\n", "")


def test_q_drops_the_rest() -> None:
    assert paged("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "q ") == ("1\n2\n3\n4\n<more>", " ")


def test_long_lines_count_for_what_they_take() -> None:
    assert paged("a" * 170 + "\nb\nc\n", " ")[0] == "a" * 170 + "\nb\n<more>c\n"


def test_without_paging_nothing_waits() -> None:
    shown: list[str] = []
    pager = Pager(shown.append, lambda: (80, 2), lambda: "q")
    pager.start(paging=False)
    pager.write("1\n2\n3\n")
    assert shown == ["1\n2\n3\n"]
