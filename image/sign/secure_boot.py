"""Signing the boot loader and the kernel image with a site's `db` key, and the files that enrol the site's keys.

The firmware is offered the keys by systemd-boot, from the EFI partition, and only while it is in setup mode. In a
virtual machine that happens by itself; on hardware somebody must choose it in the boot menu, since a machine
whose cards need another certificate would not start any more (loader.conf(5), `secure-boot-enroll`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from image.keys.certificates import ROLES

# systemd-boot enrols by itself only what lies in a folder of this name.
ENROLMENT = Path("efi/loader/keys/auto")

# The only files of the site's folder that a build may see.
SIGNING_KEY = "db.key"
CERTIFICATE = "db.crt"


def signing_files(folder: Path) -> list[Path]:
    return [folder / SIGNING_KEY, folder / CERTIFICATE]


def mkosi_words(folder: Path) -> list[str]:
    """Options for mkosi: sign, and leave the enrolment to `stage_enrolment`.

    mkosi would enrol the signing certificate as PK and KEK too, and the build would need their keys.
    """
    return [
        "--secure-boot=yes",
        "--secure-boot-auto-enroll=no",
        "--secure-boot-sign-tool=systemd-sbsign",
        f"--secure-boot-key={folder / SIGNING_KEY}",
        f"--secure-boot-certificate={folder / CERTIFICATE}",
        "--sign-expected-pcr=no",
    ]


def ukify_words(folder: Path) -> list[str]:
    """Options for ukify, for a kernel image that mkosi does not make."""
    return [
        "--signtool=systemd-sbsign",
        f"--secureboot-private-key={folder / SIGNING_KEY}",
        f"--secureboot-certificate={folder / CERTIFICATE}",
    ]


def stage_enrolment(tree: Path, folder: Path) -> None:
    """Lay the signed updates of PK, KEK and db where the image's EFI partition is made from. They are public."""
    target = tree / ENROLMENT
    target.mkdir(parents=True)
    for role in ROLES:
        shutil.copyfile(folder / f"{role}.auth", target / f"{role}.auth")
        (target / f"{role}.auth").chmod(0o644)
