"""Two manifests of neighbouring releases."""

from __future__ import annotations

from typing import Any


def manifest(version: str, packages: dict[str, str], files: dict[str, str], root: int) -> dict[str, Any]:
    def package(name: str, number: str) -> dict[str, str]:
        kind, _, bare = name.partition(":")
        return {"type": kind, "name": bare, "version": number, "architecture": ""}

    return {
        "manifest_version": 1,
        "config": {"version": version},
        "packages": [package(name, number) for name, number in packages.items()],
        "configuration": files,
        "sizes": {"root": root},
    }


BEFORE = manifest(
    "14.2.3-030",
    {
        "deb:openssl": "3.5.1-1",
        "deb:telnetd": "0.17",
        "deb:linux-image-6.12.41-amd64": "6.12.41-1",
        "pypi:click": "8.5.0",
    },
    {
        "etc/ssh/sshd_config": "sha256:1",
        "usr/lib/systemd/system/mailward.service": "sha256:2",
        "etc/old": "-> x",
    },
    200 << 20,
)
AFTER = manifest(
    "14.2.3-031",
    {
        "deb:openssl": "3.5.4-1",
        "deb:zstd": "1.5.7",
        "deb:linux-image-6.12.43-amd64": "6.12.43-1",
        "pypi:click": "8.5.0",
    },
    {
        "etc/ssh/sshd_config": "sha256:9",
        "usr/lib/systemd/system/mailward.service": "sha256:2",
        "usr/lib/systemd/system/new.timer": "sha256:3",
    },
    201 << 20,
)
