"""The configuration of docs/gateway.md: the service reads it, and no element is missing from it."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pydantic import BaseModel

from gateway.config import xml
from gateway.config.model import Config
from gateway.service import outbound
from gateway.service.gate import host_table, recipient_table

PAGE = (Path(__file__).parents[3] / "docs" / "gateway.md").read_text()
EXAMPLE = PAGE.partition("```xml\n")[2].partition("```")[0]


def elements(model: type[BaseModel], path: str) -> Iterator[str]:
    """Paths of all elements below `model`, as ElementTree writes them."""
    for name, info in model.model_fields.items():
        place = f"{path}/{name}"
        yield place
        kind = info.annotation
        if typing.get_origin(kind) is list:
            kind = typing.get_args(kind)[0]
            extra = info.json_schema_extra
            assert isinstance(extra, dict)
            place = f"{place}/{extra['item']}"
            yield place
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from elements(kind, place)


def test_it_is_read_and_can_be_used() -> None:
    config = xml.loads(EXAMPLE.encode())
    assert [host_table(listener).policies is not None for listener in config.listeners] == [True, True]
    assert recipient_table(config.listeners[1])
    assert outbound.policy(config).controls.find("gmail.com").connections == 20
    assert xml.loads(xml.dumps(config)) == config


@pytest.mark.parametrize("path", sorted(set(elements(Config, "."))))
def test_every_element_is_in_it(path: str) -> None:
    root = ElementTree.fromstring(EXAMPLE.encode())
    assert root.find(path) is not None
