"""config.dtd and the XSD of the configuration, written from the model: for editors and for other programs.

The XSD says what the file has where. A DTD knows an element by its name alone, so one that is different things in
different places (`host`) has all of them there.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from lxml import etree

from gateway.config.model import Config
from gateway.config.shape import Shape, shapes
from gateway.config.types import Element
from gateway.config.writing import DECLARATION

_XS = "http://www.w3.org/2001/XMLSchema"
# Text is measured without the blanks around it, which a schema cannot know: it says no greatest length.
_FACETS: dict[type, tuple[str, str]] = {
    Ge: ("minInclusive", "ge"),
    Gt: ("minExclusive", "gt"),
    Le: ("maxInclusive", "le"),
    Lt: ("maxExclusive", "lt"),
    MinLen: ("minLength", "min_length"),
}
_TYPES: dict[Any, str] = {int: "xs:integer", float: "xs:double"}
_SAYS = "The configuration of Mailward, generated from its model."
_YES_NO = ("yes", "no", "true", "false", "1", "0")


def xsd() -> bytes:
    """The schema. What several elements have to be together it cannot say; loading checks that too."""
    root = etree.Element(f"{{{_XS}}}schema", nsmap={"xs": _XS})
    _add(root, "annotation/documentation").text = _SAYS
    _element(root, Config, "config", minimum=None)
    etree.indent(root, "  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(node: Any, path: str, **attributes: str) -> Any:
    for name in path.split("/"):
        node = etree.SubElement(node, f"{{{_XS}}}{name}")
    for name, value in attributes.items():
        node.set(name, value)
    return node


def _element(node: Any, model: type[Element], name: str, minimum: str | None, maximum: str = "") -> None:
    """An element with children, in any order, each once at most."""
    place = _named(node, name, minimum, maximum)
    group = _add(place, "complexType/all")
    for shape in shapes(model).values():
        _child(group, shape)


def _named(node: Any, name: str, minimum: str | None, maximum: str = "") -> Any:
    place = _add(node, "element", name=name)
    if minimum is not None:
        place.set("minOccurs", minimum)
    if maximum:
        place.set("maxOccurs", maximum)
    return place


def _child(group: Any, shape: Shape) -> None:
    minimum = "1" if shape.info.is_required() else "0"
    if shape.is_list:
        sequence = _add(_named(group, shape.name, minimum), "complexType/sequence")
        least = next(
            (str(limit.min_length) for limit in shape.info.metadata if isinstance(limit, MinLen)), "0"
        )
        most = next(
            (str(limit.max_length) for limit in shape.info.metadata if isinstance(limit, MaxLen)), "unbounded"
        )
        if shape.is_element:
            _element(sequence, shape.kind, shape.item, least, most)
        else:
            _text(_named(sequence, shape.item, least, most), shape.kind, [])
    elif shape.is_element:
        _element(group, shape.kind, shape.name, minimum)
    else:
        place = _named(group, shape.name, minimum)
        if shape.info.description:
            _add(place, "annotation/documentation").text = shape.info.description
        _text(place, shape.kind, shape.info.metadata)


def _text(place: Any, kind: Any, limits: list[Any]) -> None:
    words: tuple[str, ...] = _YES_NO if kind is bool else ()
    if isinstance(kind, type) and issubclass(kind, Enum):
        words = tuple(str(member.value) for member in kind)
    rule = _add(place, "simpleType/restriction", base="xs:token" if words else _TYPES.get(kind, "xs:string"))
    for word in words:
        _add(rule, "enumeration", value=word)
    for limit in limits:
        if type(limit) in _FACETS:
            facet, attribute = _FACETS[type(limit)]
            _add(rule, facet, value=str(getattr(limit, attribute)))


def dtd() -> bytes:
    """The DTD that the files name."""
    contents: dict[str, list[str]] = {}
    for name, content in _declarations(Config, "config"):
        found = contents.setdefault(name, [])
        if content not in found:
            found.append(content)
    lines = [f"<!ELEMENT {name} {_together(found)}>" for name, found in contents.items()]
    return "\n".join([DECLARATION, f"<!-- {_SAYS} -->", *lines, ""]).encode("iso-8859-1")


def _declarations(model: type[Element], name: str) -> Iterator[tuple[str, str]]:
    """Names of elements, each with its children: ``a|b`` in any order, empty for text."""
    known = shapes(model)
    yield name, "|".join(known)
    for shape in known.values():
        if shape.is_list:
            yield shape.name, shape.item
        inner = shape.item if shape.is_list else shape.name
        if shape.is_element:
            yield from _declarations(shape.kind, inner)
        else:
            yield inner, ""


def _together(contents: list[str]) -> str:
    names = list(dict.fromkeys(name for content in contents for name in content.split("|") if name))
    if "" in contents:
        return "(#PCDATA)" if not names else f"(#PCDATA | {' | '.join(names)})*"
    return f"({' | '.join(names)})*"
