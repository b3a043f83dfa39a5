"""`sethostname`."""

from __future__ import annotations

from gateway.config.model import Config
from gateway.console.fields import of_field
from gateway.console.settings import setting

SETHOSTNAME = setting(
    (),
    of_field(Config, "hostname", "What hostname do you want to use for this system?"),
    lambda name: f"The hostname will be {name}.",
)
