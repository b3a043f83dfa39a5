"""The probe through a real service: its listeners suspended, its queue and delivery at work."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.service.client import ControlClient
from gateway.service.probe import ProbeLost, probe
from gateway.service.upgrade_client import UpgradeClient
from tests.gateway.service.running import Service, free_port

pytestmark = pytest.mark.process


def test_it_comes_through_while_listeners_are_suspended(tmp_path: Path) -> None:
    with Service(tmp_path, free_port()) as service:
        client = ControlClient(service.control)
        upgrade = UpgradeClient(client, service.folder / "spool")
        upgrade.suspend_listeners(0)
        upgrade.probe(20)
        client.ask("delivery.suspend", delay=0)
        with pytest.raises(ProbeLost):
            probe(client, 1.0)
        assert client.ask("status")["messages"] == 0, "a probe that got lost stays in the queue"
