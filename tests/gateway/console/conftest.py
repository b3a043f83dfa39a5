from pathlib import Path

import pytest

from tests.gateway.console.scripted import Console


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)
