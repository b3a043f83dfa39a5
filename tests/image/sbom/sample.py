"""A tree as a build leaves it: packages of Debian, wheels, and the tars that mkosi's scripts make."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

STATUS = """\
Package: openssl
Status: install ok installed
Maintainer: Debian OpenSSL Team <pkg-openssl-devel@lists.example>
Architecture: amd64
Version: 3.5.1-1
Description: Secure Sockets Layer toolkit
 This package is part of the OpenSSL project.
 .
 More.
Homepage: https://www.openssl.example/

Package: libc-bin
Status: install ok installed
Architecture: amd64
Source: glibc (2.41-12)
Version: 2.41-12+b1
Description: C library

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: python3.13
Status: install ok installed
Architecture: amd64
Version: 3.13.5-2
Description: interpreter
"""
COPYRIGHTS = {
    "openssl": """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: openssl

Files: *
Copyright: someone
License: Apache-2.0

Files: crypto/x.c
Copyright: another
License: public-domain
 Nobody owns it.
 .
 Really.

License: Apache-2.0
 See /usr/share/common-licenses/Apache-2.0
""",
    "libc-bin": "Format: dep5\n\nFiles: *\nLicense: LGPL-2.1+ or GPL-2, and BSD-3-clause\n",
    "python3.13": "This package was put together by people.\nSee /usr/share/common-licenses/GPL-2.\n",
}
WHEELS = {
    "typing_extensions-4.16.0": "Metadata-Version: 2.4\nName: Typing_Extensions\nVersion: 4.16.0\n"
    "Summary: Backports\nLicense-Expression: PSF-2.0\nProject-URL: Homepage, https://typing.example/\n\nMore.\n",
    "mailward-14.2.3": "Name: mailward\nVersion: 14.2.3\n",
    "pyftpdlib-2.2.0": "Name: pyftpdlib\nVersion: 2.2.0\nLicense-File: LICENSE\n",
}


def add(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text.encode())
    archive.addfile(entry, io.BytesIO(text.encode()))


def packages_tar(path: Path) -> Path:
    with tarfile.open(path, "w") as archive:
        add(archive, "var/lib/dpkg/status", STATUS)
        for name, text in COPYRIGHTS.items():
            add(archive, f"usr/share/doc/{name}/copyright", text)
    return path


def wheels(tree: Path) -> Path:
    for name, metadata in WHEELS.items():
        (tree / f"{name}.dist-info/licenses").mkdir(parents=True)
        (tree / f"{name}.dist-info/METADATA").write_text(metadata)
    permission = "Permission is hereby granted, free of charge, to any person\n obtaining a copy"
    (tree / "pyftpdlib-2.2.0.dist-info/licenses/LICENSE").write_text(permission)
    return tree
