"""The configuration as a tree, read without trusting it, and the few things migrations do with one."""

from __future__ import annotations

import typing
from collections.abc import Iterator

from lxml import etree

from mailward.errors import BadInput

if typing.TYPE_CHECKING:
    from lxml.etree import _Element as Element

SIZE_LIMIT = 64 << 20  # octets, as the gateway's own reader
YES = frozenset({"yes", "true", "on", "1"})  # how the gateway's reader spells a setting that is on


class NotXml(BadInput):
    key = "upgrade.configuration.xml"
    sentence = "the configuration is not XML that can be read: {problem}"
    remedy = "Load a configuration that is, with `loadconfig`"


def parse(raw: bytes) -> Element:
    """The root. No entity is expanded, nothing is fetched. Raises `NotXml`."""
    if len(raw) > SIZE_LIMIT:
        raise NotXml(problem=f"it is larger than {SIZE_LIMIT >> 20} MB")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotXml(problem=str(error)) from error
    if root.tag != "config":
        raise NotXml(problem=f"its root is <{root.tag}>, not <config>")
    return root


def dump(root: Element) -> bytes:
    """The bytes of a file, with what stood before the root (DOCTYPE, comments) still there."""
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


def children(root: Element, path: str) -> Iterator[Element]:
    """Elements at a path such as ``message_filters/filter``, comments left out."""
    for found in root.iterfind(path):
        if isinstance(found.tag, str):
            yield found


def text(root: Element, path: str, default: str = "") -> str:
    """The text of the element at `path`, stripped; `default` if there is none."""
    found = root.find(path)
    if found is None:
        return default
    # A comment inside must not cut off what stands behind it.
    return "".join([found.text or "", *(child.tail or "" for child in found)]).strip()


def number(root: Element, path: str, default: int) -> int:
    """The same as a number; `default` for what is none: the validator will have its say about that."""
    try:
        return int(text(root, path, str(default)))
    except ValueError:
        return default


def is_on(root: Element, path: str, default: bool) -> bool:
    found = text(root, path)
    return found.lower() in YES if found else default


def put(root: Element, path: str, value: str) -> None:
    """Give the element at `path` this text, made with what is missing above it."""
    node = root
    for name in path.split("/"):
        below = node.find(name)
        node = etree.SubElement(node, name) if below is None else below
    for child in list(node):
        node.remove(child)
    node.text = value


def remove(node: Element) -> None:
    """Take an element out, but not the text behind it."""
    parent = node.getparent()
    assert parent is not None, "the root stays"
    previous = node.getprevious()
    if node.tail and previous is not None:
        previous.tail = (previous.tail or "") + node.tail
    elif node.tail:
        parent.text = (parent.text or "") + node.tail
    parent.remove(node)
