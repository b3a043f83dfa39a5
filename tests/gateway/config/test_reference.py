"""docs/configuration.md says what the model says."""

from __future__ import annotations

from pathlib import Path

from gateway.config.model import Config
from gateway.config.reference import entries, markdown

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_the_page_is_the_models() -> None:
    assert markdown() in PAGE.read_text(), (
        "docs/configuration.md is behind the model: put gateway.config.reference.markdown() there"
    )


def test_every_section_is_there_with_its_children() -> None:
    paths = {entry.path for entry in entries()}
    assert set(Config.model_fields) <= paths
    assert "listeners/listener/hat" in paths
    assert "dns/zones/zone/servers/server/ip" in paths


def test_limits_and_defaults_are_told() -> None:
    found = {entry.path: entry for entry in entries()}
    assert found["listeners/listener/port"].default == "25"
    assert "≤ 9,216" in found["ethernet_ports/ethernet_port/mtu"].kind
    assert found["hostname"].default == "required"
