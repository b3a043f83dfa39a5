"""systemd credentials of the system, read where they lie: they are needed long after the unit of the first boot.

What the hypervisor gave (SMBIOS, fw_cfg) comes first, what was built in last: systemd.exec(5), ImportCredential=.
"""

from __future__ import annotations

from pathlib import Path

FOLDERS = (
    "run/credentials/@system",
    "run/credentials/@initrd",
    "etc/credstore",
    "run/credstore",
    "usr/lib/credstore",
)


def read_credential(root: Path, name: str) -> bytes:
    """Its content, empty if there is none. Raises OSError for one that cannot be read."""
    for folder in FOLDERS:
        path = root / folder / name
        if path.is_file():
            return path.read_bytes()
    return b""
