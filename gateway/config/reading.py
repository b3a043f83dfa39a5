"""From the text of a file to the model. No entity is expanded, no DTD loaded, nothing fetched.

In steps, so that an older file can be adjusted between the first and the second: `tree` parses, `content` turns
elements into what pydantic validates, `validated` makes the model. Each collects all problems before it gives up.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from lxml import etree
from pydantic import ValidationError

from gateway.config.errors import ConfigBroken
from gateway.config.model import Config
from gateway.config.problems import Location, Problem, explained, spell, told
from gateway.config.shape import Shape, shapes
from gateway.config.types import Element

SIZE_LIMIT = 32 << 20  # octets: several times the largest configuration of a site
TAG_LIMIT = 2_000_000  # an element costs some hundred octets of memory, however short it is in the file

MOST_PROBLEMS = 1000  # a file of another kind has as many as elements

Reveal = Callable[[str, str], str]
"""Turns what stands in a secret element (name of the element, text) into the secret. Raises ValueError."""


def broken(name: str, problems: list[Problem]) -> ConfigBroken:
    """The error with all problems in its fields, in the order of the file."""
    ordered = sorted(set(problems))
    return ConfigBroken(path=name, problems=told(ordered), count=len(ordered), found=ordered)


def tree(text: bytes, name: str = "text") -> Any:
    """The root element, `<config>`. Raises ConfigBroken."""
    if len(text) > SIZE_LIMIT:
        raise broken(name, [Problem(0, "config", f"is larger than {SIZE_LIMIT >> 20} MB, which none can be")])
    if text.count(b"<") > TAG_LIMIT:
        raise broken(name, [Problem(0, "config", f"has more than {TAG_LIMIT:,} tags, which none can have")])
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root: Any = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        problem = Problem(error.lineno or 0, "config", f"is not well-formed XML: {error.msg}")
        raise broken(name, [problem]) from error
    except LookupError as error:  # an encoding nobody knows
        raise broken(name, [Problem(1, "config", f"is in an encoding that is not known: {error}")]) from error
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(iter(dtd.iterentities()), None) is not None:
        raise broken(name, [Problem(1, "!DOCTYPE", "must not declare entities")])
    if root.tag != "config":
        raise broken(name, [Problem(line(root), str(root.tag), "must be <config>")])
    return root


def content(root: Any, reveal: Reveal | None = None, name: str = "text") -> Reader:
    """What stands in the elements; the problems of spelling are in the answer's `problems`.

    Raises ConfigBroken only if there are so many that looking on is of no use.
    """
    reader = Reader(root, reveal)
    try:
        reader.value = reader.element(root, Config, ())
    except _Enough:
        raise broken(name, reader.problems) from None
    return reader


def validated(reader: Reader, value: dict[str, Any], name: str = "text") -> Config:
    """The model of `value`, which came from `reader`. Raises ConfigBroken with the problems of both."""
    problems = list(reader.problems)
    config: Config | None = None
    try:
        config = Config.model_validate(value)
    except ValidationError as error:
        problems += explained(error, line=reader.line)
    if problems or config is None:
        raise broken(name, problems)
    return config


class _Enough(Exception):
    """There are MOST_PROBLEMS."""


class Reader:
    """Elements to the dicts, lists and strings pydantic validates."""

    def __init__(self, root: Any, reveal: Reveal | None = None) -> None:
        self.problems: list[Problem] = []
        self.value: dict[str, Any] = {}
        self._root = root
        self._reveal = reveal

    def line(self, where: Location) -> int:
        """The line of the element at `where`, or of the nearest one around it."""
        node, known, item = self._root, shapes(Config), ""
        for part in where:
            if isinstance(part, int):
                members = [child for child in node if child.tag == item]
                found = members[part] if part < len(members) else None
            else:
                found = node.find(part)
                shape = known.get(part)
                item = shape.item if shape else ""
                known = shapes(shape.kind) if shape and shape.is_element else {}
            if found is None:
                break
            node = found
        return line(node)

    def element(self, node: Any, model: type[Element], where: Location) -> dict[str, Any]:
        self._open(node, where)
        known = shapes(model)
        value: dict[str, Any] = {}
        for child in node:
            tag = child.tag
            shape = known.get(tag) if isinstance(tag, str) else None
            if shape is None:
                self._stranger(child, where, list(known))
            elif tag in value:
                self._problem(child, (*where, tag), "is there twice")
            else:
                value[tag] = self._value(child, shape, (*where, tag))
        return value

    def _value(self, node: Any, shape: Shape, where: Location) -> Any:
        if shape.is_list:
            return self._list(node, shape, where)
        if shape.is_element:
            return self.element(node, shape.kind, where)
        text = self._text(node, where)
        if shape.secret and text and self._reveal is not None:
            try:
                return self._reveal(shape.name, text)
            except ValueError as error:
                self._problem(node, where, str(error))
        return text

    def _list(self, node: Any, shape: Shape, where: Location) -> list[Any]:
        self._open(node, where)
        values: list[Any] = []
        for child in node:
            if child.tag != shape.item:
                self._stranger(child, where, [shape.item])
                continue
            place = (*where, len(values))
            if shape.is_element:
                values.append(self.element(child, shape.kind, place))
            else:
                values.append(self._text(child, place))
        return values

    def _text(self, node: Any, where: Location) -> str:
        if node.attrib:
            self._attribute(node, where)
        text: str = node.text or ""
        if len(node):
            if any(isinstance(child.tag, str) for child in node):
                self._problem(node, where, "must have text only")
            for child in node:
                self._entity(child, where)
            # A comment inside must not cut off what stands behind it.
            text = "".join([text, *(child.tail or "" for child in node)])
        return text.strip()

    def _open(self, node: Any, where: Location) -> None:
        """What holds of every element with children."""
        if node.attrib:
            self._attribute(node, where)
        tails = (child.tail for child in node)
        if any(text and not text.isspace() for text in (node.text, *tails)):
            self._problem(node, where, "has text between its elements")

    def _stranger(self, child: Any, where: Location, allowed: list[str]) -> None:
        """A child that has no place here; comments and processing instructions may stand anywhere."""
        tag = child.tag
        if not isinstance(tag, str):
            self._entity(child, where)
            return
        near = difflib.get_close_matches(tag, allowed, 1)
        hint = f"; did you mean <{near[0]}>?" if near else ""
        names = ", ".join(f"<{name}>" for name in allowed)
        self._problem(child, (*where, tag), f"is not known here{hint} Allowed: {names}")

    def _entity(self, child: Any, where: Location) -> None:
        if isinstance(child, etree._Entity):
            self._problem(child, where, f"has the entity {child.text}; write the text itself")

    def _attribute(self, node: Any, where: Location) -> None:
        self._problem(node, where, f"has the attribute {next(iter(node.attrib))}; none are allowed")

    def _problem(self, node: Any, where: Location, text: str) -> None:
        self.problems.append(Problem(line(node), spell(where) or "config", text))
        if len(self.problems) >= MOST_PROBLEMS:
            raise _Enough


def line(node: Any) -> int:
    return int(node.sourceline or 0)
