"""Shared by all tests: a unit test starts no process.

A test that needs one says so: `process` (real daemons, network namespaces) or `boot` (the image in QEMU).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from typing import Any, NoReturn

import pytest
from hypothesis import settings

# Elsewhere hypothesis looks at new examples each time, and finds new mistakes; whether a change lands must not depend
# on which it happens to draw. Deadlines are off: these machines stall for reasons of their own.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--boot-image", help="the image that the tests marked `boot` start in QEMU", default=None
    )
    parser.addoption(
        "--boot-installer", help="the installer's ISO that the tests marked `boot` start", default=None
    )
    parser.addoption("--boot-keys", help="the site's keys that it was built with", default="keys")
    parser.addoption("--boot-logs", help="where the guests' consoles are kept", default="out/boot-logs")


def _forbidden(*args: Any, **kwargs: Any) -> NoReturn:
    raise AssertionError(f"a unit test must not start a process (mark it `process`): {args[:2]}")


@pytest.fixture(autouse=True)
def no_processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("process") or request.node.get_closest_marker("boot"):
        return
    monkeypatch.setattr(subprocess, "Popen", _forbidden)
    monkeypatch.setattr(os, "system", _forbidden)
    monkeypatch.setattr(os, "posix_spawn", _forbidden)
    monkeypatch.setattr(asyncio, "create_subprocess_exec", _forbidden)
    monkeypatch.setattr(asyncio, "create_subprocess_shell", _forbidden)
