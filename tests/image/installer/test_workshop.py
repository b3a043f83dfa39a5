from pathlib import Path

from image.build import Built, Request
from image.installer.workshop import Workshop
from mailward.version import Version


def workshop(serial: str | None) -> Workshop:
    request = Request("C100V", Version.parse("14.2.3-031"), Path("/out"), Path("/cache"))
    names = ("raw", "root", "verity", "uki", "manifest", "spdx", "cyclonedx", "log")
    return Workshop(request, Built(*(Path("/out") / name for name in names)), serial=serial)


def test_a_medium_that_does_not_ask_has_another_name() -> None:
    assert workshop(None).file_name() == "mailward-14.2.3-031-installer.iso"
    assert workshop("WZP-1/2").file_name() == "mailward-14.2.3-031-installer-WZP-1_2.iso"
