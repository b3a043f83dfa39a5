"""Checks of models, disks and quotas inside a booted appliance. Run as root; one JSON line per check.

    {"check": "hw.model", "ok": true, "detail": "…"}

The guest is started with Cisco's SMBIOS strings:

    -smbios type=1,manufacturer='Cisco Systems Inc',product=UCSC-C220-M5SX -smbios type=3,manufacturer=QEMU

and has the modules scsi_debug, and md and raid1 for the array. Standard library and our own packages only.
The exit status is the number of checks that failed.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hwmgmt.disks.block import Disk, list_disks, udev_properties
from hwmgmt.disks.limit import LIMIT_BYTES, Host, judge, read_firmware
from hwmgmt.disks.raid import read_raid
from hwmgmt.disks.states import ArrayState
from hwmgmt.models.detect import Support, detect
from hwmgmt.models.facts import read_facts
from hwmgmt.models.hypervisor import detect_hypervisor
from hwmgmt.quota.project import Enforcement, ProjectQuotas, enforcement
from hwmgmt.size import MIB
from mailward.errors import MailwardError

ROOT = Path("/")
VAR = Path(sys.argv[1] if len(sys.argv) > 1 else "/var")
# Not one of the areas' projects: the check leaves them alone.
PROJECT = 65001
NOBODY = 65534

# What a check can end with; it failed then, and the others still run.
BROKEN = (
    AssertionError,
    MailwardError,
    OSError,
    subprocess.SubprocessError,
    ValueError,
    LookupError,
    StopIteration,
)

CHECKS: list[tuple[str, Callable[[], str]]] = []


def check(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Register a check: it answers its detail, and fails by AssertionError."""

    def register(function: Callable[[], str]) -> Callable[[], str]:
        CHECKS.append((name, function))
        return function

    return register


def shell(*words: str, deadline: float = 60.0) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=deadline, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}"
    return done.stdout


@check("hw.model")
def model() -> str:
    """Cisco's SMBIOS strings make a supported model of the x95 series, unless it is told another (H1, U5)."""
    found = detect(ROOT)
    told = [each.name.upper() for each in read_facts(ROOT).told[:1]]
    possible = set(told) or {"C195", "C395", "C695", "C695F"}
    assert found.candidates, found.because
    assert set(found.candidates) <= possible, f"{found.candidates}: {found.because}"
    assert found.support is Support.SUPPORTED, found.why
    assert told or "UCSC-C220-M5SX" in found.because, found.because
    return f"{', '.join(found.candidates)}: {found.because}"


@check("hw.hypervisor")
def hypervisor() -> str:
    """The guest knows that it is one, whatever the SMBIOS strings of the server say."""
    found = detect_hypervisor(read_facts(ROOT))
    assert found.value not in (None, "none"), str(found)
    return f"{found.value}: {found.detail}"


@contextmanager
def scsi_debug(*parameters: str, disks: int = 1) -> Iterator[list[str]]:
    """`disks` disks made of little memory; their names in /sys/block."""
    before = {entry.name for entry in Path("/sys/block").iterdir()}
    shell("modprobe", "scsi_debug", *parameters)
    try:
        deadline = time.monotonic() + 20
        while True:
            fresh = sorted({entry.name for entry in Path("/sys/block").iterdir()} - before)
            if len(fresh) == disks and all(Path(f"/dev/{name}").exists() for name in fresh):
                break
            assert time.monotonic() < deadline, f"scsi_debug made {fresh}, not {disks} disks"
            time.sleep(0.2)
        yield fresh
    finally:
        # udev may still be reading them.
        for _ in range(20):
            done = subprocess.run(["modprobe", "-r", "scsi_debug"], capture_output=True, check=False)
            if done.returncode == 0:
                break
            time.sleep(0.25)


def find(name: str) -> Disk:
    return next(disk for disk in list_disks(ROOT, udev_properties()).need() if disk.name == name)


@check("hw.limit.3tb")
def limit() -> str:
    """A disk of 3 TB is over the limit, and says what to do (H5, U7)."""
    host = Host(read_firmware(ROOT), detect_hypervisor(read_facts(ROOT)))
    with scsi_debug("virtual_gb=3000", "dev_size_mb=64") as (name,):
        verdict = judge(find(name), host)
        assert verdict.size == 3000 * 2**30, verdict.size
        assert verdict.size > LIMIT_BYTES
        assert verdict.over_limit, verdict.because
        assert verdict.blocks, verdict.because
        assert "deploy a new instance" in verdict.advice
        return f"{name}: {verdict.because}"


@check("hw.limit.system")
def limit_system() -> str:
    """The disk of the system is within the limit, or all of it can be used."""
    host = Host(read_firmware(ROOT), detect_hypervisor(read_facts(ROOT)))
    system = [disk for disk in list_disks(ROOT, udev_properties()).need() if disk.system]
    assert system, "no disk carries the system"
    verdicts = [judge(disk, host) for disk in system]
    assert not any(verdict.blocks for verdict in verdicts), verdicts
    return "; ".join(f"{verdict.disk}: {verdict.because}" for verdict in verdicts)


def write_as_nobody(place: Path, size: int) -> tuple[int, int]:
    """Write `size` bytes as a user without capabilities: how many it wrote, and the errno that ended it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code, written = 0, 0
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT, 0o600)
            while written < size:
                written += os.write(descriptor, bytes(64 * 1024))
            os.fsync(descriptor)
        except OSError as error:
            code = error.errno or -1
        os.write(writer, f"{written} {code}".encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        count, number = answer.read().split()
    return int(count), int(number)


@check("hw.quota.enforced")
def quota_enforced() -> str:
    """/var is mounted so that limits hold."""
    found = enforcement(ROOT, VAR)
    assert found.value is Enforcement.ENFORCED, f"{found}: {found.detail}"
    return f"{VAR}: {found.value}"


@check("hw.quota.holds")
def quota_holds() -> str:
    """A writer without CAP_SYS_RESOURCE gets EDQUOT at the limit, and the use is counted (H4)."""
    quotas = ProjectQuotas(VAR)
    with tempfile.TemporaryDirectory(dir=VAR, prefix="check-quota-") as name:
        area = Path(name)
        area.chmod(0o777)
        quotas.tag(area, PROJECT)
        quotas.limit(PROJECT, 4 * MIB)
        try:
            written, code = write_as_nobody(area / "file", 16 * MIB)
            usage = quotas.usage(PROJECT).need()
            state = os.statvfs(area)
        finally:
            quotas.limit(PROJECT, 0)
    assert code == errno.EDQUOT, f"errno {code} after {written} bytes"
    assert 3 * MIB < written <= 4 * MIB, written
    assert usage.limit == 4 * MIB, usage
    assert written <= usage.used <= 4 * MIB, usage
    assert state.f_blocks * state.f_frsize == 4 * MIB, "df does not show the area's own size"
    return f"EDQUOT after {written} bytes of {usage.limit}, {usage.used} counted"


@check("hw.quota.root-is-free")
def quota_root() -> str:
    """Why no service may run as root: a process with CAP_SYS_RESOURCE is not bound."""
    quotas = ProjectQuotas(VAR)
    with tempfile.TemporaryDirectory(dir=VAR, prefix="check-quota-") as name:
        quotas.tag(Path(name), PROJECT)
        quotas.limit(PROJECT, MIB)
        try:
            (Path(name) / "file").write_bytes(bytes(2 * MIB))
            os.sync()
            used = quotas.usage(PROJECT).need().used
        finally:
            quotas.limit(PROJECT, 0)
    assert used >= 2 * MIB, used
    return f"root wrote {used} bytes into a limit of {MIB}"


@check("hw.quota.show")
def quota_show() -> str:
    """The command shows each area with its limit and use."""
    document = json.loads(shell(sys.executable, "-m", "mailward", "hw", "quota", "show", "--json"))
    areas = {area["area"]: area["usage"] for area in document["areas"]}
    assert len(areas) == 6, areas
    assert document["capacity"]["reason"] == "ok", document["capacity"]
    if Path("/var") == VAR:
        assert {usage["reason"] for usage in areas.values()} == {"ok"}, areas
        limits = {name: usage["value"]["limit"] for name, usage in areas.items()}
        assert all(limits.values()), f"areas without a limit: {limits}"
        assert sum(limits.values()) <= document["capacity"]["value"], limits
    return ", ".join(f"{name} {usage['value']}" for name, usage in areas.items())


@check("hw.raid.md")
def raid() -> str:
    """A mirror of two disks: healthy, then degraded when one is failed, seen without mdadm's output (H6)."""
    if not any(os.access(f"{folder}/mdadm", os.X_OK) for folder in ("/usr/sbin", "/sbin")):
        return "skipped: mdadm is not installed"
    # A store per host: targets of one host share their memory, and md would meet one disk under two names.
    with scsi_debug("dev_size_mb=64", "add_host=2", "per_host_store=1", disks=2) as names:
        nodes = [f"/dev/{name}" for name in names]
        words = ("--create", "/dev/md9", "--run", "--level=1", "--metadata=1.2", "--assume-clean")
        try:
            shell("mdadm", *words, "--raid-devices=2", *nodes)
            healthy = next(array for array in read_raid(ROOT).arrays if array.name == "md9")
            shell("mdadm", "--fail", "/dev/md9", nodes[1])
            broken = next(array for array in read_raid(ROOT).arrays if array.name == "md9")
        finally:
            subprocess.run(["mdadm", "--stop", "/dev/md9"], capture_output=True, check=False)
    assert healthy.state is ArrayState.OPTIMAL, healthy
    assert broken.state is ArrayState.DEGRADED, broken
    drives = ", ".join(f"{drive.name} {drive.state}" for drive in broken.drives)
    return f"optimal, then degraded: {drives}"


def main() -> int:
    failed = 0
    for name, function in CHECKS:
        try:
            ok, detail = True, function()
        except BROKEN as error:
            ok, detail = False, f"{type(error).__name__}: {error}"
        failed += not ok
        print(json.dumps({"check": name, "ok": ok, "detail": detail}), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
