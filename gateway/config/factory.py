"""What an appliance comes out of the box with (`resetconfig`)."""

from __future__ import annotations

from pathlib import Path

from gateway.config import xml
from gateway.config.loading import NETWORK, Network
from gateway.config.model import Config
from gateway.config.shape import shapes

FACTORY = Path("usr/share/mailward/config.xml")


def reset(running: Config, network: Network, root: Path = Path("/")) -> Config:
    """The release's own configuration; network settings, users and how they get in are kept with `Network.KEEP`.

    Raises ConfigUnreadable on a machine that is no appliance.
    """
    factory = xml.load(root / FACTORY)
    if network is Network.TAKE:
        return factory
    kept = (*NETWORK, "dns", "users", "admin_access", "ssh")
    content = {name: getattr(running if name in kept else factory, name) for name in shapes(Config)}
    return Config.model_validate(content)
