"""From the model to the text of a file: the incumbent's header, then every element, those at their defaults too."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from gateway.config.errors import NotAcceptable
from gateway.config.model import Config
from gateway.config.shape import shapes, spelled
from gateway.config.types import Element

DECLARATION = '<?xml version="1.0" encoding="ISO-8859-1"?>'
DOCTYPE = '<!DOCTYPE config SYSTEM "config.dtd">'
PRODUCT = "Mailward Email Security Appliance"

Conceal = Callable[[str, str], str]
"""What is written instead of a secret (name of the element, the secret)."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the comment on top says about the machine the configuration is of."""

    model: str
    serial: str
    version: str
    when: datetime
    product: str = PRODUCT

    def text(self) -> str:
        """The comment. Its time has the shape the incumbent's has."""
        lines = (
            ("Product", self.product),
            ("Model Number", self.model),
            ("Version", self.version),
            ("Serial Number", self.serial),
            ("Current Time", self.when.strftime("%a %b %d %H:%M:%S %Y")),
        )
        # Two hyphens would end the comment.
        told = "\n".join(re.sub("-(?=-)", "- ", f"  {name}: {value}") for name, value in lines)
        return f"<!--\n{told}\n-->"


def dumps(config: Config, *, header: Header | None = None, conceal: Conceal | None = None) -> bytes:
    """The text of a file. What ISO-8859-1 has not is written as a character reference.

    Raises NotAcceptable if a text has a character that XML cannot carry.
    """
    root = etree.Element("config")
    _write(root, config, conceal, "")
    etree.indent(root, "  ")
    body: Any = etree.tostring(root, encoding="ISO-8859-1", xml_declaration=False)
    top = [DECLARATION, DOCTYPE, *([header.text()] if header else [])]
    return b"".join([*(f"{line}\n".encode("iso-8859-1", "xmlcharrefreplace") for line in top), body, b"\n"])


def _write(node: Any, element: Element, conceal: Conceal | None, above: str) -> None:
    for name, shape in shapes(type(element)).items():
        value = getattr(element, name)
        if value is None:
            continue
        child = etree.SubElement(node, name)
        if shape.is_list:
            for member in value:
                entry = etree.SubElement(child, shape.item)
                if shape.is_element:
                    _write(entry, member, conceal, f"{above}{name}/")
                else:
                    _fill(entry, spelled(member), above + name)
        elif shape.is_element:
            _write(child, value, conceal, f"{above}{name}/")
        else:
            text = spelled(value)
            if shape.secret and conceal is not None and text:
                text = conceal(name, text)
            _fill(child, text, above + name)


def _fill(node: Any, text: str, place: str) -> None:
    try:
        node.text = text
    except ValueError as error:
        raise NotAcceptable(problems=f"<{place}> has a character that no XML file can carry") from error
