import json
from pathlib import Path

from image.sbom import python
from tests.image.sbom.sample import wheels


def test_packages_of_the_lock_without_ours(tmp_path: Path) -> None:
    ftp, typing = python.components(wheels(tmp_path), {"typing-extensions": "ab" * 32})
    assert typing.purl == "pkg:pypi/typing-extensions@4.16.0"
    assert (typing.declared.text, typing.concluded.text) == ("PSF-2.0", "PSF-2.0")
    assert (typing.homepage, typing.summary) == ("https://typing.example/", "Backports")
    assert typing.sha256 == "ab" * 32
    assert (ftp.declared.text, ftp.concluded.text) == ("NOASSERTION", "MIT"), "its licence file says it"


def test_hashes_are_those_of_the_files_that_pip_took() -> None:
    took = {"archive_info": {"hashes": {"sha256": "cd" * 32}}}
    unknown: dict[str, object] = {"archive_info": {}}
    report = {
        "install": [
            {"metadata": {"name": "Typing_Extensions"}, "download_info": took},
            {"metadata": {"name": "other"}, "download_info": unknown},
        ]
    }
    assert python.hashes(json.dumps(report)) == {"typing-extensions": "cd" * 32}
