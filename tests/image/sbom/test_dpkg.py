import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.sbom import dpkg
from image.sbom.licences import named
from tests.image.sbom.sample import COPYRIGHTS, STATUS, packages_tar


def test_installed_packages_with_their_source_and_licence(tmp_path: Path) -> None:
    status, copyrights = dpkg.read(packages_tar(tmp_path / "root.packages.tar"))
    assert copyrights == COPYRIGHTS
    libc, openssl, python = dpkg.components(status, copyrights, "root")
    assert (libc.name, libc.version, libc.source) == ("libc-bin", "2.41-12+b1", ("glibc", "2.41-12"))
    assert libc.declared.text == "(LGPL-2.1-or-later OR GPL-2.0-only) AND (BSD-3-Clause)"
    assert openssl.source == ("openssl", "3.5.1-1")
    assert openssl.summary == "Secure Sockets Layer toolkit"
    assert openssl.declared.text.startswith("Apache-2.0 AND LicenseRef-public-domain-")
    assert list((openssl.declared.texts or {}).values()) == ["Nobody owns it.\n\nReally."]
    assert openssl.purl == "pkg:deb/debian/openssl@3.5.1-1?arch=amd64&distro=debian-13"
    assert python.declared.text == "NOASSERTION"
    assert python.concluded.text == "PSF-2.0"
    assert python.remark == "Its copyright file is not machine-readable. It refers to: GPL-2."


def test_a_package_without_a_copyright_file_says_so() -> None:
    assert dpkg.components(STATUS, {}, "root")[0].remark == "The package has no copyright file."


def test_a_tar_without_the_status_file_is_an_error(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    with pytest.raises(KeyError):
        dpkg.read(tmp_path / "empty.tar")


def test_what_we_conclude_has_names_that_spdx_knows() -> None:
    for expression in dpkg.CONCLUDED.values():
        for name in expression.split(" AND "):
            assert named(name.partition(" WITH ")[0]), name


@given(st.text(max_size=300))
def test_any_control_file_gives_paragraphs_with_names(text: str) -> None:
    for fields in dpkg.paragraphs(text):
        assert fields
        assert all(name and name == name.strip().lower() for name in fields)


@given(st.text(max_size=300))
def test_any_copyright_file_gives_an_expression(text: str) -> None:
    expression, remark = dpkg.licence("Format: x\n\nFiles: *\nLicense: MIT\n\n" + text)
    assert "MIT" in expression.text and not remark
    assert dpkg.licence(text)[0].text
