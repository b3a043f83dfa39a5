"""Words, quoted strings and comments of the access tables' text form, with their line numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mailward.errors import BadInput


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One line that is wrong, what is allowed there and, if there is more to say, why."""

    line: int
    found: str
    allowed: str
    why: str = ""

    def __str__(self) -> str:
        found = f"{self.found[:80]!r}" if self.found else "something missing"
        return f"line {self.line}: {found}{f' ({self.why})' if self.why else ''}; allowed: {self.allowed}"


class BadTable(BadInput):
    """A table's text is refused whole. Fields: table, problems (a tuple of `Problem`, in order of lines)."""

    key = "access.bad-table"
    sentence = "The {table} is refused"
    remedy = "correct the lines named and import the file again; the table in force has not been touched"

    @property
    def problems(self) -> tuple[Problem, ...]:
        problems: tuple[Problem, ...] = self.fields["problems"]
        return problems

    def __str__(self) -> str:
        shown = [str(problem) for problem in self.problems[:20]]
        if more := len(self.problems) - len(shown):
            shown.append(f"and {more} more")
        return f"{super().__str__()}\n  " + "\n  ".join(shown)


class TokenKind(StrEnum):
    WORD = "word"
    STRING = "string"
    COMMENT = "comment"
    MARK = "mark"  # { } =


@dataclass(frozen=True, slots=True)
class Token:
    kind: TokenKind
    text: str
    line: int


_SCANNER = re.compile(
    r"""
    (?P<space>\s++)
    | (?P<remark>(?m:^\#[^\n]*+))
    | (?P<quoted>"(?:[^"\\\n]|\\.)*+"@[^\s"(){}=]*+)
    | (?P<string>"(?:[^"\\\n]|\\.)*+")
    | (?P<comment>\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*+\))*+\))
    | (?P<mark>[{}=])
    | (?P<word>[^\s"(){}=]++)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNESCAPED = {"n": "\n"}
_KINDS = {
    "string": TokenKind.STRING,
    "comment": TokenKind.COMMENT,
    "mark": TokenKind.MARK,
    "quoted": TokenKind.WORD,
    "word": TokenKind.WORD,
}


def quote(text: str) -> str:
    """`text` as a quoted string."""
    escaped = text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'"{escaped}"'


def remark(text: str) -> str:
    """`text` as a comment in parentheses, behind a space; nothing if it is empty."""
    return " (" + re.sub(r"[()\\]", r"\\\g<0>", text) + ")" if text else ""


def _tokens(text: str) -> list[Token]:
    tokens = []
    line = 1
    # A comment that goes over lines is one remark: its white space is evened out.
    for match in _SCANNER.finditer(text):
        kind = match.lastgroup or ""
        found = match[0]
        if kind == "string":
            tokens.append(Token(TokenKind.STRING, _ESCAPED.sub(_unescape, found[1:-1]), line))
        elif kind == "comment":
            tokens.append(Token(TokenKind.COMMENT, _ESCAPED.sub(r"\1", " ".join(found[1:-1].split())), line))
        elif kind in ("mark", "word", "quoted", "other"):
            tokens.append(Token(_KINDS.get(kind, TokenKind.MARK), found, line))
        line += found.count("\n")
    return tokens


def _unescape(match: re.Match[str]) -> str:
    return _UNESCAPED.get(match[1], match[1])


class Tokens:
    """A list of tokens with a place in it."""

    def __init__(self, text: str) -> None:
        self._all = _tokens(text)
        self._at = 0

    @property
    def line(self) -> int:
        """Line of the token taken last."""
        return self._all[min(self._at, len(self._all)) - 1].line if self._all else 1

    def peek(self) -> Token | None:
        return self._all[self._at] if self._at < len(self._all) else None

    def next(self) -> Token | None:
        token = self.peek()
        self._at += token is not None
        return token

    def skip(self, mark: str) -> bool:
        """Take this mark if it is next."""
        token = self.peek()
        if token is not None and token.kind is TokenKind.MARK and token.text == mark:
            self._at += 1
            return True
        return False

    def comment(self) -> str:
        """Take a comment if one is next."""
        token = self.peek()
        if token is None or token.kind is not TokenKind.COMMENT:
            return ""
        self._at += 1
        return token.text
