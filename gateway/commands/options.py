"""What the commands share: where the service is, and how times and sizes are written."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.service.client import CONTROL

F = TypeVar("F", bound=Callable[..., Any])


def control_option(function: F) -> F:
    """The `--control` of every command."""
    return click.option(
        "--control", default=CONTROL, type=Path, show_default=True, help="Control socket of the mail service."
    )(function)


def age(seconds: float) -> str:
    """``3d 4h``, ``12m 5s``: the two largest units."""
    units = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
    left = max(0, int(seconds))
    words: list[str] = []
    for name, size in units:
        count, left = divmod(left, size)
        if count or (words and len(words) < 2):
            words.append(f"{count}{name}")
        if len(words) == 2:
            break
    return " ".join(words) or "0s"


def size(octets: float) -> str:
    """``2.0K``, ``35M``: powers of 1024."""
    for unit in ("", "K", "M", "G"):
        if octets < 1024:
            return f"{octets:.0f}{unit}" if not unit or octets >= 10 else f"{octets:.1f}{unit}"
        octets /= 1024
    return f"{octets:.1f}T"


def when(seconds: float) -> str:
    """Local time of a moment since the epoch."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
