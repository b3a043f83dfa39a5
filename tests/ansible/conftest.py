"""Action plugins of the collection, run as Ansible runs them but in this process, against simulated appliances."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol
from unittest.mock import MagicMock

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.template import Templar

from tests.ansible.simulated import LOST, Simulated, new

ACTIONS = "ansible_collections.mailward.appliance.plugins.action"


class Answering(Protocol):
    """Somebody at the other end: exit status, standard output, standard error."""

    def call(self, line: str) -> tuple[int, str, str]: ...


class Line:
    """A connection of Ansible's: what the ssh one does with an exit status of 255, it does too."""

    transport = "ssh"
    has_pipelining = False
    _shell = MagicMock(tmpdir=None)

    def __init__(self, appliance: Answering) -> None:
        self.appliance = appliance
        self.resets = 0

    def exec_command(self, line: str, in_data: Any = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        assert not sudoable, "a terminal would be asked for"
        status, out, err = self.appliance.call(line)
        if status == LOST:
            raise AnsibleConnectionFailure(err)
        return status, out.encode(), err.encode()

    def reset(self) -> None:
        self.resets += 1


class Run(Protocol):
    def __call__(self, name: str, *, check: bool = False, diff: bool = False, **arguments: Any) -> Any: ...


@pytest.fixture
def appliance() -> Simulated:
    return Simulated(new())


@pytest.fixture
def line(appliance: Simulated) -> Line:
    return Line(appliance)


@pytest.fixture
def run(line: Line, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a task's action on the simulated appliance; nothing sleeps."""
    upgrading = importlib.import_module(
        "ansible_collections.mailward.appliance.plugins.plugin_utils.upgrading"
    )
    patience: Callable[..., Any] = upgrading.Patience

    def quick(timeout: float, poll: float) -> Any:
        seconds = [0.0]
        return patience(timeout, poll, lambda: seconds[0], lambda s: seconds.__setitem__(0, seconds[0] + s))

    def call(name: str, *, check: bool = False, diff: bool = False, **arguments: Any) -> Any:
        module = importlib.import_module(f"{ACTIONS}.{name}")
        if hasattr(module, "Patience"):
            monkeypatch.setattr(module, "Patience", quick)
        task = Task()
        task.action, task.args = name, arguments
        task.check_mode, task.diff, task.async_val = check, diff, 0
        loader = DataLoader()
        action = module.ActionModule(
            task, line, PlayContext(), loader, Templar(loader=loader), MagicMock(name="shared_loader_obj")
        )
        return action.run(task_vars={})

    return call
