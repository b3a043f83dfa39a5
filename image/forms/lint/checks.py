"""The checks: one for each way in which imports are known to fail. Pure; all run, all findings are shown."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from image.forms.lint.archive import DIRECTORY, REGULAR
from image.forms.lint.descriptor import NAMESPACE
from image.forms.lint.survey import Survey, plain
from image.forms.ovf import HARDWARE
from image.forms.vmdk import STREAM_OPTIMIZED
from image.limit import LIMIT_BYTES
from mailward.errors import BadInput

OLDEST_HARDWARE = min(HARDWARE)
VMDK_VERSION = 3


class BadEsxi(BadInput):
    key = "image.forms.esxi"
    sentence = "{text!r} is not a release of ESXi that this command knows"
    remedy = "Write it like 6.7, 7.0 U1 or 8.0; 6.5 is the oldest"


@dataclass(frozen=True, slots=True)
class Finding:
    id: str
    finding: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Report:
    """checks: ids of all that ran."""

    checks: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """look: yields what is wrong, in words. Its second argument is the newest hardware family allowed."""

    id: str
    look: Callable[[Survey, int], Iterator[str]]
    remedy: str


def newest_hardware(esxi: str) -> int:
    """The newest vmx number that this ESXi takes. Raises `BadEsxi`."""
    wanted = _release(esxi)
    return max(
        (number for number, since in HARDWARE.items() if wanted and (_release(since) or ()) <= wanted),
        default=0,
    ) or _refuse(esxi)


def _refuse(text: str) -> int:
    raise BadEsxi(text=text)


def _release(text: str) -> tuple[int, ...] | None:
    match = re.fullmatch(r"([0-9]{1,3})\.([0-9]{1,3})(?:[ .]?[uU]([0-9]{1,3}))?", text.strip())
    return tuple(int(part or 0) for part in match.groups()) if match else None


def run(survey: Survey, newest: int) -> Report:
    """All checks; of a gzip file only the first, as nothing else is known of it."""
    checks = CHECKS[:1] if survey.gzip else CHECKS
    found = [Finding(c.id, text, c.remedy) for c in checks for text in c.look(survey, newest)]
    return Report(tuple(check.id for check in checks), tuple(found))


def _gzip(survey: Survey, newest: int) -> Iterator[str]:
    if survey.gzip:
        yield "the archive is compressed with gzip, and only some importers take that"


def _format(survey: Survey, newest: int) -> Iterator[str]:
    for member in survey.members:
        if not member.ustar or member.type not in (REGULAR, DIRECTORY):
            yield f"{member.name!r} is not a plain ustar member (type {member.type!r})"


def _paths(survey: Survey, newest: int) -> Iterator[str]:
    for member in survey.members:
        if member.type == DIRECTORY or "/" in member.name:
            yield f"{member.name!r} is a directory, or has one in its name"


def _order(survey: Survey, newest: int) -> Iterator[str]:
    names = [plain(member.name) for member in survey.members]
    if not names[0].lower().endswith(".ovf"):
        yield f"the first member is {names[0]!r}, not the descriptor"
    places = [n for n, name in enumerate(names) if name.lower().endswith(".mf")]
    if places and places[0] != 1 and places[0] < len(names) - 2:
        yield f"the manifest is member {places[0] + 1}: neither behind the descriptor nor at the end"
    certs = [n for n, name in enumerate(names) if name.lower().endswith(".cert")]
    if certs and certs[0] - 1 not in places:
        yield f"the certificate is member {certs[0] + 1}, and not the one behind the manifest"
    if survey.descriptor:
        there = [file.href for file in survey.descriptor.files if file.href in names]
        if there != sorted(there, key=names.index):
            yield "the files are not in the order of the descriptor's References"


def _descriptor(survey: Survey, newest: int) -> Iterator[str]:
    if not survey.descriptor:
        yield "there is no .ovf in the archive"


def _manifest(survey: Survey, newest: int) -> Iterator[str]:
    if survey.manifest is None:
        yield "there is no manifest (.mf)"


def _manifest_form(survey: Survey, newest: int) -> Iterator[str]:
    for line in survey.manifest or ():
        if not line.exact:
            yield f"the manifest has the line {line.text[:120]!r}"


def _manifest_complete(survey: Survey, newest: int) -> Iterator[str]:
    if survey.manifest is None:
        return
    listed = {line.name for line in survey.manifest if line.name}
    names = {plain(m.name) for m in survey.members if m.type == REGULAR}
    for name in sorted(names - listed):
        if not name.lower().endswith((".mf", ".cert")):
            yield f"{name!r} is not in the manifest"
    for name in sorted(listed - names):
        yield f"the manifest has {name!r}, which is not in the archive"


def _manifest_hash(survey: Survey, newest: int) -> Iterator[str]:
    for line in survey.manifest or ():
        real = survey.digests.get((line.name, line.algorithm), line.digest)
        if real != line.digest:
            yield f"{line.name!r} has the {line.algorithm} {real[:16]}…, and not {line.digest[:16]}… as listed"


def _sha1(survey: Survey, newest: int) -> Iterator[str]:
    if any(line.algorithm == "SHA1" for line in survey.manifest or ()):
        yield "the manifest uses SHA1, which only ESXi before 6.5 needs"


def _certificate_form(survey: Survey, newest: int) -> Iterator[str]:
    if survey.signature and not survey.signature.exact:
        yield "the certificate file has not one line `SHA256(name)= hex` and an RSA certificate in PEM behind it"


def _certificate_signature(survey: Survey, newest: int) -> Iterator[str]:
    signature = survey.signature
    if signature is None or not signature.exact:
        return
    if signature.signed != survey.manifest_name:
        yield f"the signature is for {signature.signed!r}, and the manifest is {survey.manifest_name!r}"
    elif not signature.holds:
        yield "the signature is not of this manifest by this certificate"


def _certificate_expired(survey: Survey, newest: int) -> Iterator[str]:
    until = survey.signature.until if survey.signature else None
    if until and until < datetime.datetime.now(datetime.UTC):
        yield f"the certificate ended on {until:%Y-%m-%d}"


def _namespace(survey: Survey, newest: int) -> Iterator[str]:
    if survey.descriptor and survey.descriptor.namespace != NAMESPACE:
        yield f"the descriptor's namespace is {survey.descriptor.namespace!r}"


def _hardware_section(survey: Survey, newest: int) -> Iterator[str]:
    if survey.descriptor and not survey.descriptor.hardware_section:
        yield "the descriptor has no VirtualHardwareSection"


def _vmx(survey: Survey) -> list[int]:
    words = survey.descriptor.families if survey.descriptor else ()
    return [int(match[1]) for word in words if (match := re.fullmatch(r"vmx-0*([0-9]{1,4})", word))]


def _family(survey: Survey, newest: int) -> Iterator[str]:
    if survey.descriptor and survey.descriptor.hardware_section and not _vmx(survey):
        yield f"the hardware family is {' '.join(survey.descriptor.families) or 'not said'}, unknown to VMware"


def _too_old(survey: Survey, newest: int) -> Iterator[str]:
    if (numbers := _vmx(survey)) and max(numbers) < OLDEST_HARDWARE:
        yield f"vmx-{max(numbers)} is refused by newer releases and has no Secure Boot"


def _too_new(survey: Survey, newest: int) -> Iterator[str]:
    if (numbers := _vmx(survey)) and min(numbers) > newest:
        yield f"vmx-{min(numbers)} is newer than vmx-{newest}, the newest that this ESXi takes"


def _extra_config(survey: Survey, newest: int) -> Iterator[str]:
    for name in survey.descriptor.extra_config if survey.descriptor else ():
        yield f'ExtraConfig {name!r} has no ovf:required="false"'


def _firmware(survey: Survey, newest: int) -> Iterator[str]:
    if survey.descriptor and survey.descriptor.firmware != "efi":
        yield f"the firmware is {survey.descriptor.firmware or 'not said, which means BIOS'}"


def _reference(survey: Survey, newest: int) -> Iterator[str]:
    names = {plain(member.name) for member in survey.members}
    for file in survey.descriptor.files if survey.descriptor else ():
        if file.href not in names:
            yield f"the descriptor refers to {file.href!r}, which is not in the archive"


def _file_size(survey: Survey, newest: int) -> Iterator[str]:
    sizes = {plain(member.name): member.size for member in survey.members}
    for file in survey.descriptor.files if survey.descriptor else ():
        if file.href in sizes and file.size is not None and file.size != sizes[file.href]:
            yield f"{file.href!r} has {sizes[file.href]} bytes, and {file.size} in the descriptor"


def _capacity(survey: Survey, newest: int) -> Iterator[str]:
    for disk in survey.descriptor.disks if survey.descriptor else ():
        header = survey.headers.get(disk.href)
        if header and disk.capacity != header.capacity:
            yield f"disk {disk.name!r} has {disk.capacity} bytes in the descriptor and {header.capacity} in its file"


def _limit(survey: Survey, newest: int) -> Iterator[str]:
    for disk in survey.descriptor.disks if survey.descriptor else ():
        if disk.capacity is not None and disk.capacity > LIMIT_BYTES:
            yield f"disk {disk.name!r} has {disk.capacity} bytes; more than 2 TB of disk is not supported"


def _unreadable(survey: Survey, newest: int) -> Iterator[str]:
    yield from survey.unreadable.values()


def _vmdk(wrong: Callable[[str, Survey], str]) -> Callable[[Survey, int], Iterator[str]]:
    """A check of every VMDK; `wrong` answers what is, or nothing."""

    def look(survey: Survey, newest: int) -> Iterator[str]:
        for name in survey.headers:
            if text := wrong(name, survey):
                yield f"{name!r} {text}"

    return look


def _version(name: str, survey: Survey) -> str:
    version = survey.headers[name].version
    return f"has version {version} in its header" if version != VMDK_VERSION else ""


def _kind(name: str, survey: Survey) -> str:
    kind = survey.headers[name].kind
    return f"is of the kind {kind!r}" if kind != STREAM_OPTIMIZED else ""


def _adapter(name: str, survey: Survey) -> str:
    adapter = survey.headers[name].adapter
    return f"is made for the adapter {adapter!r}" if adapter != "lsilogic" else ""


def _extent(name: str, survey: Survey) -> str:
    extent = survey.headers[name].extent
    return f"calls itself {extent!r} inside" if extent != name else ""


_CONVERT = (
    "Convert with `mailward image convert`, or `qemu-img -o subformat=streamOptimized,adapter_type=lsilogic`"
)
CHECKS: tuple[Check, ...] = (
    Check("archive.gzip", _gzip, "Unpack it with gunzip, and lint what comes out"),
    Check("archive.format", _format, "Pack again: tar --format=ustar, files only"),
    Check("archive.path", _paths, "Pack again with bare file names: tar -cf X.ova A.ovf A.mf A.vmdk"),
    Check(
        "archive.order", _order, "Pack again in the order descriptor, manifest, disks as References has them"
    ),
    Check("descriptor.missing", _descriptor, "Pack the descriptor as the first member"),
    Check("descriptor.namespace", _namespace, f"Write OVF 1.x: {NAMESPACE}"),
    Check("descriptor.reference", _reference, "Name in References what is in the archive"),
    Check("manifest.missing", _manifest, "Add one, or nobody can tell a damaged copy"),
    Check("manifest.form", _manifest_form, "Write exactly `SHA256(name)= hex`; OpenSSL 3 writes SHA2-256"),
    Check("manifest.complete", _manifest_complete, "List every file but the manifest and the certificate"),
    Check("manifest.hash", _manifest_hash, "Copy the file again, or make the manifest last"),
    Check("manifest.sha1", _sha1, "Use SHA256"),
    Check(
        "certificate.form",
        _certificate_form,
        "Sign again with `mailward image convert --sign-key --sign-cert`",
    ),
    Check(
        "certificate.signature",
        _certificate_signature,
        "Sign again: whatever changes the OVA changes its manifest",
    ),
    Check("certificate.expired", _certificate_expired, "Sign again with a certificate that is valid"),
    Check("hardware.section", _hardware_section, "Add the VirtualHardwareSection to the VirtualSystem"),
    Check("hardware.family", _family, f"Write vmx-{OLDEST_HARDWARE} to vmx-15 as VirtualSystemType"),
    Check("hardware.too-old", _too_old, f"Write vmx-{OLDEST_HARDWARE} or later as VirtualSystemType"),
    Check("hardware.too-new", _too_new, "Write an older family, or say with --esxi what must take it"),
    Check("hardware.extra-config", _extra_config, 'Leave it out, or mark it ovf:required="false"'),
    Check(
        "hardware.firmware", _firmware, 'Add vmw:Config key "firmware" with value "efi": the image needs UEFI'
    ),
    Check("disk.capacity", _capacity, "Write the virtual size as ovf:capacity"),
    Check("disk.file-size", _file_size, "Write the real size of the file as ovf:size"),
    Check("disk.limit", _limit, "Make the disk smaller"),
    Check("vmdk.unreadable", _unreadable, _CONVERT),
    Check("vmdk.version", _vmdk(_version), "Convert with qemu-img 2.5.1 or later, streamOptimized"),
    Check("vmdk.kind", _vmdk(_kind), _CONVERT),
    Check("vmdk.adapter", _vmdk(_adapter), _CONVERT),
    Check(
        "vmdk.extent", _vmdk(_extent), "Give the file the name it had when it was converted, or convert again"
    ),
)
