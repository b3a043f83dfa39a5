"""The configuration file: XML in the incumbent's shape, read strictly, written in one step.

No entity is expanded, no DTD loaded, nothing fetched. A problem names the line, the element, what is wrong
and what is allowed; all problems are named at once.
"""

from __future__ import annotations

import difflib
import os
import typing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from lxml import etree
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from gateway.config.errors import ConfigBroken, ConfigUnreadable, ConfigUnwritable
from gateway.config.model import Config
from gateway.config.types import Element

DOCTYPE = '<!DOCTYPE config SYSTEM "config.dtd">'
SIZE_LIMIT = 64 << 20  # octets
_SECRETS = (("password_hash",), ("private_key",))  # never shown: somebody may have put the password there
Location = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: line in the file (0 if unknown), path of the element, and the sentence."""

    line: int
    element: str
    text: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}<{self.element}> {self.text}"


def load(path: Path) -> Config:
    """The configuration in a file. Raises ConfigUnreadable, ConfigBroken."""
    try:
        if path.stat().st_size > SIZE_LIMIT:
            raise ConfigUnreadable(path=path, why=f"it is larger than {SIZE_LIMIT >> 20} MB")
        text = path.read_bytes()
    except OSError as error:
        raise ConfigUnreadable(path=path, why=(error.strerror or str(error)).lower()) from error
    return loads(text, name=str(path))


def loads(text: bytes, *, name: str = "text") -> Config:
    """The configuration in `text`. Raises ConfigBroken with all problems in its fields."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        problem = Problem(error.lineno or 0, "config", f"is not well-formed XML: {error.msg}")
        raise _broken(name, [problem]) from error
    reader = _Reader()
    if root.tag != "config":
        raise _broken(name, [Problem(_line(root), str(root.tag), "must be <config>")])
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(iter(dtd.iterentities()), None) is not None:
        raise _broken(name, [Problem(1, "!DOCTYPE", "must not declare entities")])
    value = reader.element(root, Config, ())
    problems = reader.problems
    config: Config | None = None
    try:
        config = Config.model_validate(value)
    except ValidationError as error:
        problems += [reader.explain(item) for item in error.errors(include_url=False)]
    if problems or config is None:
        raise _broken(name, sorted(set(problems), key=lambda p: (p.line, p.element)))
    return config


def _broken(name: str, problems: list[Problem]) -> ConfigBroken:
    return ConfigBroken(path=name, problems="; ".join(map(str, problems)), count=len(problems))


class _Reader:
    """Elements to the dicts, lists and strings pydantic validates, with the line of each."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.lines: dict[Location, int] = {}

    def element(self, node: Any, model: type[Element], where: Location) -> dict[str, Any]:
        self.lines[where] = _line(node)
        value: dict[str, Any] = {}
        for child in node:
            if not isinstance(child.tag, str):
                if isinstance(child, etree._Entity):
                    self._problem(child, where, f"has the entity {child.text}; write the text itself")
                continue  # comments and processing instructions
            tag = child.tag
            info = model.model_fields.get(tag)
            if info is None:
                near = difflib.get_close_matches(tag, model.model_fields, 1)
                hint = f"; did you mean <{near[0]}>?" if near else ""
                allowed = ", ".join(f"<{name}>" for name in model.model_fields)
                self._problem(child, (*where, tag), f"is not known here{hint} Allowed: {allowed}")
                continue
            if tag in value:
                self._problem(child, (*where, tag), "is there twice")
                continue
            value[tag] = self._value(child, info, (*where, tag))
        if node.text and node.text.strip():
            self._problem(node, where or ("config",), "has text between its elements")
        return value

    def _value(self, node: Any, info: FieldInfo, where: Location) -> Any:
        self.lines[where] = _line(node)
        if node.attrib:
            self._problem(node, where, f"has the attribute {next(iter(node.attrib))}; none are allowed")
        kind = info.annotation
        if typing.get_origin(kind) is list:
            inner = typing.get_args(kind)[0]
            return self._list(node, inner, _item(info), where)
        if _is_model(kind):
            return self.element(node, typing.cast(type[Element], kind), where)
        return self._text(node, where)

    def _list(self, node: Any, inner: Any, name: str, where: Location) -> list[Any]:
        values: list[Any] = []
        for child in node:
            if not isinstance(child.tag, str):
                if isinstance(child, etree._Entity):
                    self._problem(child, where, f"has the entity {child.text}; write the text itself")
                continue
            place = (*where, len(values))
            if child.tag != name:
                self._problem(child, (*where, child.tag), f"is not known here; allowed: <{name}>")
                continue
            self.lines[place] = _line(child)
            values.append(self.element(child, inner, place) if _is_model(inner) else self._text(child, place))
        return values

    def _text(self, node: Any, where: Location) -> str:
        if any(child.tag not in (etree.Comment, etree.PI) for child in node):
            self._problem(node, where, "must have text only")
        # A comment inside must not cut off what stands behind it.
        return "".join([node.text or "", *(child.tail or "" for child in node)]).strip()

    def _problem(self, node: Any, where: Location, text: str) -> None:
        self.problems.append(Problem(_line(node), spell(where), text))

    def explain(self, item: Any) -> Problem:
        """One of pydantic's findings, with the line it is about."""
        where: Location = tuple(part for part in item["loc"])
        known = where
        while known not in self.lines and known:
            known = known[:-1]
        text = {"missing": "is missing"}.get(item["type"], "")
        if not text:
            message = str(item["msg"]).removeprefix("Value error, ")
            given = item.get("input")
            hidden = where[-1:] in _SECRETS or not isinstance(given, str | int | float)
            shown = "" if hidden else f" (it is {given!r})"
            text = f"is wrong: {message[:1].lower()}{message[1:]}{shown}"
        return Problem(self.lines.get(known, 0), spell(where) or "config", text)


def spell(where: Location) -> str:
    """A location as people read it: ``listeners/2/port``, numbers from 1."""
    return "/".join(str(part + 1) if isinstance(part, int) else part for part in where)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _line(node: Any) -> int:
    return int(node.sourceline or 0)


def _item(info: FieldInfo) -> str:
    extra = info.json_schema_extra
    return str(extra["item"]) if isinstance(extra, dict) else "item"


def dumps(config: Config) -> bytes:
    """The configuration as the text of a file; values at their defaults are written too."""
    root = etree.Element("config")
    _write(root, config)
    etree.indent(root, "  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=DOCTYPE, pretty_print=True)


def _write(node: Any, element: Element) -> None:
    for name, info in type(element).model_fields.items():
        value = getattr(element, name)
        if value is None:
            continue
        child = etree.SubElement(node, name)
        if isinstance(value, Element):
            _write(child, value)
        elif isinstance(value, list):
            for item in value:
                entry = etree.SubElement(child, _item(info))
                if isinstance(item, Element):
                    _write(entry, item)
                else:
                    entry.text = _spelled(item)
        else:
            child.text = _spelled(value)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value.value if isinstance(value, Enum) else value)


def save(config: Config, path: Path) -> None:
    """Write the file so that a crash leaves the old one or the new one. Raises ConfigUnwritable."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as file:
            file.write(dumps(config))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise ConfigUnwritable(path=path, why=error.strerror or str(error)) from error
