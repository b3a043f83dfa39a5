"""What the machine brings along that rendering needs: its cards, its model's ports, the release's authorities, and the
administrator of the first boot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from gateway.firstboot.credentials import read_credential

_ETHERNET = "1"  # ARPHRD_ETHER
PORTS = ("Management", *(f"Data {n}" for n in range(1, 9)))  # of a machine that no model is known of


@dataclass(frozen=True, slots=True)
class Admin:
    """Who can log in as `admin` while the configuration says nothing about that."""

    password_hash: str = ""
    ssh_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """Attributes:
    cards: kernel names of the Ethernet cards, in the order of their slots.
    port_names: what is written on the case, in the same order.
    authorities: the release's list of certificate authorities, PEM.
    admin: what the credentials of the boot say.
    """

    cards: tuple[str, ...] = ()
    port_names: tuple[str, ...] = PORTS
    authorities: bytes = b""
    admin: Admin = field(default_factory=Admin)


def read_machine(root: Path, port_names: tuple[str, ...] = PORTS) -> Machine:
    """The facts below `root`; what is not there is empty."""
    bundle = root / "etc/ssl/certs/ca-certificates.crt"
    return Machine(
        read_cards(root),
        port_names,
        bundle.read_bytes() if bundle.exists() else b"",
        read_admin(root),
    )


def read_admin(root: Path) -> Admin:
    """`admin` as the boot's credentials have it. A hash that is none counts as no password."""
    hashed = read_credential(root, "mailward.admin.password").decode(errors="replace").strip()
    keys = read_credential(root, "mailward.admin.authorized-keys").decode(errors="replace").splitlines()
    return Admin(
        hashed if hashed.startswith("$") else "",
        tuple(key.strip() for key in keys if key.strip() and not key.lstrip().startswith("#")),
    )


def read_cards(root: Path) -> tuple[str, ...]:
    """Cards by their place on the bus, so that `Management` is the same one at each boot."""
    found: list[tuple[list[int | str], str]] = []
    folder = root / "sys/class/net"
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        device = entry / "device"
        if not device.exists() or (entry / "type").read_text().strip() != _ETHERNET:
            continue
        port = (entry / "dev_port").read_text().strip() if (entry / "dev_port").exists() else "0"
        found.append((_natural(f"{device.resolve()}:{port}"), entry.name))
    return tuple(name for _, name in sorted(found))


def _natural(path: str) -> list[int | str]:
    # Numbers of PCI addresses are hexadecimal. A part is always text, number, text …: the lists can be compared.
    return [
        int(part, 16) if n % 2 else part
        for n, part in enumerate(re.split(r"(?<![g-z])([0-9a-f]+)(?![g-z])", path))
    ]


def model_ports() -> tuple[str, ...]:
    """The ports of this machine's model, or those that any has."""
    from hwmgmt.models.detect import detect

    model = detect().model
    return tuple(port.name for port in model.interfaces) if model and model.spec else PORTS
