"""What the machine says about itself: SMBIOS, processors, memory, drivers, and what it was told it is.

Everything comes from files below a root that is handed in; no program runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hwmgmt.reading import (
    Reading,
    Reason,
    failed,
    known,
    list_names,
    missing,
    read_link_name,
    read_text,
    under,
)
from hwmgmt.size import KIB

DMI = "sys/class/dmi/id"
DMI_FIELDS = (
    "sys_vendor",
    "product_name",
    "product_family",
    "product_sku",
    "product_version",
    "board_vendor",
    "board_name",
    "board_asset_tag",
    "bios_vendor",
    "chassis_vendor",
    "chassis_asset_tag",
)


@dataclass(frozen=True, slots=True)
class Told:
    """A place where somebody wrote which model this is, and the name written there."""

    place: str
    name: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts for detection.

    Attributes:
        dmi: SMBIOS strings by the kernel's names (`sys_vendor` …).
        oem: SMBIOS type 11 strings; reading them takes root.
        sockets, cores: processors, `cores` over all sockets.
        memory: bytes the kernel manages, some 2 to 5 % less than fitted.
        drivers: drivers of the network interfaces, each once.
        cpu_flags: of the first processor; "hypervisor" among them means a guest.
        xen: /sys/hypervisor/type.
        told: overrides, the strongest first.
    """

    dmi: Mapping[str, Reading[str]]
    oem: Reading[tuple[str, ...]]
    sockets: Reading[int]
    cores: Reading[int]
    memory: Reading[int]
    drivers: Reading[frozenset[str]]
    cpu_flags: Reading[frozenset[str]]
    xen: Reading[str]
    told: tuple[Told, ...]

    def smbios(self, field: str) -> str:
        """An SMBIOS string, empty if there is none."""
        reading = self.dmi.get(field)
        return reading.otherwise("") if reading else ""


def read_facts(root: Path) -> Facts:
    """Read all facts below `root`. Never raises: what cannot be read carries its reason."""
    packages = _topology(root)
    cpuinfo = read_text(root, "proc/cpuinfo", limit=4 << 20)
    return Facts(
        dmi={field: read_text(root, f"{DMI}/{field}") for field in DMI_FIELDS},
        oem=_oem_strings(root),
        sockets=packages.map(lambda pairs: len({package for package, _ in pairs})),
        cores=packages.map(len),
        memory=read_text(root, "proc/meminfo").map(parse_meminfo, unit="bytes"),
        drivers=_drivers(root),
        cpu_flags=cpuinfo.map(_cpu_flags),
        xen=read_text(root, "sys/hypervisor/type"),
        told=tuple(_told(root)),
    )


def parse_meminfo(text: str) -> int:
    """Bytes of MemTotal in /proc/meminfo. Raises ValueError."""
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if name == "MemTotal":
            match rest.split():
                case [count, "kB"] if count.isascii() and count.isdigit():
                    return int(count) * KIB
    raise ValueError("no MemTotal in kB")


def parse_oem_strings(entry: bytes) -> tuple[str, ...]:
    """The strings of an SMBIOS type 11 structure (DMTF DSP0134, 7.12). Raises ValueError.

    A header of type, length and handle, one byte with the number of strings, then the strings, each closed by
    a zero byte, and one more zero byte.
    """
    if len(entry) < 5 or entry[0] != 11 or not 5 <= entry[1] <= len(entry):
        raise ValueError("not an SMBIOS structure of type 11")
    strings = entry[entry[1] :].split(b"\0")[: entry[4]]
    return tuple(text for raw in strings if (text := raw.decode("utf-8", "replace").strip()))


def _oem_strings(root: Path) -> Reading[tuple[str, ...]]:
    entries = list_names(root, "sys/firmware/dmi/entries")
    if entries.value is None:
        return missing(entries.reason, entries.detail)
    found: list[str] = []
    for name in entries.value:
        if not name.startswith("11-"):
            continue
        place = under(root, f"sys/firmware/dmi/entries/{name}/raw")
        try:
            found.extend(parse_oem_strings(place.read_bytes()[:65536]))
        except OSError as error:
            return failed(error, place)
        except ValueError as error:
            return missing(Reason.MALFORMED, f"{place}: {error}")
    return known(tuple(found))


def _topology(root: Path) -> Reading[frozenset[tuple[str, str]]]:
    """(package, core) of each processor that is there."""
    place = "sys/devices/system/cpu"
    names = list_names(root, place)
    if names.value is None:
        return missing(names.reason, names.detail)
    pairs = set()
    for name in names.value:
        if name.startswith("cpu") and name[3:].isdigit():
            package = read_text(root, f"{place}/{name}/topology/physical_package_id")
            core = read_text(root, f"{place}/{name}/topology/core_id")
            if package.value is not None and core.value is not None:
                pairs.add((package.value, core.value))
    return known(frozenset(pairs)) if pairs else missing(Reason.ABSENT, f"{place}: no topology")


def _drivers(root: Path) -> Reading[frozenset[str]]:
    names = list_names(root, "sys/class/net")
    if names.value is None:
        return missing(names.reason, names.detail)
    readings = (read_link_name(root, f"sys/class/net/{name}/device/driver") for name in names.value)
    return known(frozenset(reading.value for reading in readings if reading.value))


def _cpu_flags(text: str) -> frozenset[str]:
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if name.strip() == "flags":
            return frozenset(rest.split())
    raise ValueError("no flags in /proc/cpuinfo")


def _told(root: Path) -> Iterator[Told]:
    """Overrides. Who can change the command line needs the console; the file needs an administrator."""
    for word in read_text(root, "proc/cmdline").otherwise("").split():
        name, _, value = word.partition("=")
        if name == "mailward.model" and value:
            yield Told("kernel command line, mailward.model", value)
    for title, place in (
        ("systemd credential mailward.model", "run/credentials/@system/mailward.model"),
        ("/configuration/model", "var/configuration/model"),
    ):
        if value := read_text(root, place).otherwise(""):
            yield Told(title, value)
