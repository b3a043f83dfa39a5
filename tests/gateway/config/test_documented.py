"""The configuration of docs/gateway.md: the service reads it."""

from __future__ import annotations

from pathlib import Path

from gateway.config import xml
from gateway.service import outbound
from gateway.service.gate import host_table, recipient_table

PAGE = (Path(__file__).parents[3] / "docs" / "gateway.md").read_text()
EXAMPLE = PAGE.partition("```xml\n")[2].partition("```")[0]


def test_it_is_read_and_can_be_used() -> None:
    config = xml.loads(EXAMPLE.encode())
    assert [host_table(listener).policies is not None for listener in config.listeners] == [True, True]
    assert recipient_table(config.listeners[1])
    assert outbound.policy(config).controls.find("gmail.com").connections == 20
    assert xml.loads(xml.dumps(config)) == config
