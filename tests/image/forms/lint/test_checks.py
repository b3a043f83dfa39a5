import gzip
import hashlib
import re
import tarfile
from collections.abc import Callable

import pytest

from image.forms.lint.checks import CHECKS, BadEsxi, newest_hardware
from tests.image.forms.lint.sample import DISK, TEXT, files, ids, lint, pack, vmdk


def _in_ovf(old: str, new: str) -> bytes:
    return pack(files(lambda text: re.sub(old, new, text, flags=re.DOTALL)))


def _in_manifest(old: str, new: str) -> bytes:
    return pack(files(edit_manifest=lambda text: re.sub(old, new, text)))


def _disk(old: str, new: str) -> bytes:
    return pack(files(disk=vmdk(TEXT.replace(old, new))))


def _sha1(text: str) -> str:
    disk = vmdk()
    return text.splitlines()[0] + f"\nSHA1({DISK})= {hashlib.sha1(disk, usedforsecurity=False).hexdigest()}\n"


OVF, MF, VMDK = files()
EXTRA = '<vmw:ExtraConfig vmw:key="a.b" vmw:value="1"/></VirtualHardwareSection>'
LATE_MANIFEST = [OVF, VMDK, MF, ("m.cert", b""), ("n.cert", b"")]
SPOILED: tuple[tuple[str, Callable[[], bytes]], ...] = (
    ("archive.gzip", lambda: gzip.compress(pack(files()))),
    ("archive.format", lambda: pack([*files()[:2], VMDK], tarfile.GNU_FORMAT)),
    ("archive.path", lambda: pack([("./" + name, content) for name, content in files()])),
    ("archive.path", lambda: pack([*files(), ("folder/", b"")])),
    ("archive.order", lambda: pack([MF, OVF, VMDK])),
    ("descriptor.namespace", lambda: _in_ovf("ovf/envelope/1", "ovf/envelope/2")),
    ("manifest.missing", lambda: pack([OVF, VMDK])),
    ("manifest.form", lambda: _in_manifest(r"SHA256\(", "SHA256 (")),
    ("manifest.form", lambda: _in_manifest("SHA256", "SHA2-256")),
    ("manifest.form", lambda: _in_manifest(r"\)= ", ")=")),
    ("manifest.form", lambda: _in_manifest("\n", "\r\n")),
    ("manifest.hash", lambda: _in_manifest("= [0-9a-f]{4}", "= 0000")),
    ("manifest.sha1", lambda: pack(files(edit_manifest=_sha1))),
    ("manifest.complete", lambda: pack([*files(), ("m.nvram", b"x")])),
    ("hardware.section", lambda: _in_ovf("VirtualHardwareSection", "OtherSection")),
    ("hardware.family", lambda: _in_ovf("vmx-15", "virtualbox-2.2")),
    ("hardware.too-old", lambda: _in_ovf("vmx-15", "vmx-10")),
    ("hardware.too-new", lambda: _in_ovf("vmx-15", "vmx-20")),
    ("hardware.extra-config", lambda: _in_ovf("</VirtualHardwareSection>", EXTRA)),
    ("hardware.firmware", lambda: _in_ovf("<vmw:Config[^>]*>", "")),
    ("disk.capacity", lambda: _in_ovf('ovf:capacity="[0-9]+"', 'ovf:capacity="1"')),
    ("disk.capacity", lambda: _in_ovf('Units="byte"', 'Units="byte * 2^10"')),
    ("disk.file-size", lambda: _in_ovf('ovf:size="[0-9]+"', 'ovf:size="7"')),
    ("vmdk.unreadable", lambda: pack(files(disk=b"QFI\xfb"))),
    ("vmdk.version", lambda: pack(files(disk=vmdk(version=1)))),
    ("vmdk.kind", lambda: _disk("streamOptimized", "monolithicSparse")),
    ("vmdk.adapter", lambda: _disk('"lsilogic"', '"ide"')),
    ("vmdk.extent", lambda: _disk(DISK, "t.vmdk")),
)
# What cannot go wrong alone: without a descriptor the order is wrong too.
TOGETHER: tuple[tuple[set[str], Callable[[], bytes]], ...] = (
    ({"archive.order", "certificate.form"}, lambda: pack(LATE_MANIFEST)),
    ({"descriptor.missing", "archive.order", "manifest.complete"}, lambda: pack([MF, VMDK])),
    ({"descriptor.reference", "manifest.complete"}, lambda: pack([OVF, MF])),
    ({"disk.limit", "disk.capacity"}, lambda: _in_ovf('capacity="[0-9]+"', 'capacity="2199023256064"')),
)


def test_what_we_make_has_no_findings() -> None:
    report = lint(pack(files()))
    assert report.findings == ()
    assert list(report.checks) == [check.id for check in CHECKS]


@pytest.mark.parametrize(("expected", "spoil"), SPOILED, ids=[f"{n}-{c[0]}" for n, c in enumerate(SPOILED)])
def test_each_fault_is_found_and_nothing_else(expected: str, spoil: Callable[[], bytes]) -> None:
    assert ids(spoil()) == {expected}


@pytest.mark.parametrize(("expected", "spoil"), TOGETHER)
def test_faults_that_come_together(expected: set[str], spoil: Callable[[], bytes]) -> None:
    assert ids(spoil()) == expected


def test_every_check_is_seen_to_fail() -> None:
    seen = {name for name, _ in SPOILED} | {name for names, _ in TOGETHER for name in names}
    seen |= {"certificate.signature", "certificate.expired"}  # in tests/image/forms/test_sign.py
    assert seen == {check.id for check in CHECKS}


def test_the_manifest_may_come_last() -> None:
    assert ids(pack([OVF, VMDK, MF])) == set()


def test_extra_config_that_need_not_be_known_is_no_finding() -> None:
    assert ids(_in_ovf("</VirtualHardwareSection>", EXTRA.replace("/>", ' ovf:required="false"/>'))) == set()


def test_a_family_that_the_wanted_esxi_takes_is_no_finding() -> None:
    assert ids(_in_ovf("vmx-15", "vmx-20"), newest=20) == set()


@pytest.mark.parametrize(
    ("esxi", "newest"), [("6.5", 13), ("6.7 U2", 15), ("7.0u1", 18), ("8.0", 20), ("9.1", 21)]
)
def test_the_newest_family_of_an_esxi(esxi: str, newest: int) -> None:
    assert newest_hardware(esxi) == newest


@pytest.mark.parametrize("text", ["", "6.0", "vmx-15", "7", "7.0 U", "７.0"])
def test_no_esxi(text: str) -> None:
    with pytest.raises(BadEsxi):
        newest_hardware(text)
