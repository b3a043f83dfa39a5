"""What the image's definitions must agree on among themselves."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from hwmgmt.models.catalogue import catalogue
from hwmgmt.models.schema import SYSTEM_BYTES
from hwmgmt.quota.cli import quota
from hwmgmt.size import MIB, parse_size
from image.build import DEFINITIONS
from mailward.errors import ExitStatus

APPLIANCE = DEFINITIONS / "mkosi.extra/usr/lib/repart.d"
UNITS = DEFINITIONS / "mkosi.extra/usr/lib/systemd/system"


def read(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read(path)
    return parser["Partition"]


def sizes(path: Path) -> tuple[str, str]:
    definition = read(path)
    return definition["SizeMinBytes"], definition["SizeMaxBytes"]


@pytest.mark.parametrize(
    ("built", "found"),
    [
        ("00-esp.conf", ["00-esp.conf"]),
        ("10-root.conf", ["10-root-a.conf", "20-root-b.conf"]),
        ("11-root-verity.conf", ["11-root-verity-a.conf", "21-root-verity-b.conf"]),
    ],
)
def test_slots_have_one_size_everywhere(built: str, found: list[str]) -> None:
    """A partition with another behind it cannot grow, so the image's own must be as large as the slots ever get."""
    smallest, largest = sizes(DEFINITIONS / "mkosi.repart" / built)
    assert smallest == largest
    for name in found:
        assert sizes(APPLIANCE / name) == (smallest, largest)


def test_var_is_the_last_partition_and_may_grow() -> None:
    last = sorted(APPLIANCE.glob("*.conf"))[-1]
    assert read(last)["Type"] == "var"
    assert "SizeMaxBytes" not in read(last)


def test_fstab_mounts_what_repart_makes() -> None:
    label = read(APPLIANCE / "30-var.conf")["Label"]
    line = next(
        line for line in (DEFINITIONS / "mkosi.extra/etc/fstab").read_text().splitlines() if "/var" in line
    )
    source, _, kind, options, *_ = line.split()
    assert source == f"LABEL={label}"  # repart gives the file system the label of its partition
    assert kind == read(APPLIANCE / "30-var.conf")["Format"]
    assert {"prjquota", "x-initrd.mount"} <= set(options.split(","))


def test_verity_partition_holds_the_tree_of_a_full_slot() -> None:
    """SHA-256 over 4 KiB blocks: 128 hashes a block, level over level, and a superblock."""
    data = 1 << 30
    blocks, total = data // 4096, 1
    while blocks > 1:
        blocks = -(-blocks // 128)
        total += blocks
    assert sizes(DEFINITIONS / "mkosi.repart/10-root.conf")[0] == "1G"
    assert sizes(DEFINITIONS / "mkosi.repart/11-root-verity.conf")[0] == "16M"
    assert total * 4096 <= 16 << 20


def test_every_script_of_ours_is_run_by_somebody_and_executable() -> None:
    scripts = list((DEFINITIONS / "mkosi.extra/usr/libexec/mailward").iterdir())
    units = "".join(path.read_text() for path in UNITS.glob("*.service"))
    units += (DEFINITIONS / "mkosi.extra/etc/ssh/sshd_config.d/10-mailward.conf").read_text()
    for script in scripts:
        assert script.stat().st_mode & 0o100, script
        place = f"/usr/libexec/mailward/{script.name}"
        assert f"ExecStart={place}" in units or f"Subsystem sftp {place}" in units


def test_enabled_units_of_ours_exist() -> None:
    preset = (DEFINITIONS / "mkosi.extra/usr/lib/systemd/system-preset/10-mailward.preset").read_text()
    for unit in re.findall(r"^enable (mailward\S*)", preset, re.MULTILINE):
        assert (UNITS / unit).is_file()


def test_mail_service_is_bound_by_quotas() -> None:
    """H4: a process with CAP_SYS_RESOURCE may exceed any quota, and so may root."""
    unit = (UNITS / "mailward.service").read_text()
    assert "\nUser=mailward\n" in unit
    capabilities = re.findall(r"^(?:Ambient|CapabilityBoundingSet).*=(.*)$", unit, re.MULTILINE)
    assert capabilities == ["CAP_NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE"]


def test_the_model_catalogue_counts_with_this_layout() -> None:
    """All but `var`: what a model's smallest disk must have besides its quota areas."""
    fixed = [read(path)["SizeMinBytes"] for path in APPLIANCE.glob("*.conf") if read(path)["Type"] != "var"]
    script = (DEFINITIONS / "mkosi.images/initrd/mkosi.extra/usr/lib/mailward/disk-size").read_text()
    tables = re.search(r"^need=\$\(\((\d+) << 20\)\)", script, re.MULTILINE)
    assert tables
    # systemd's M and G are powers of two, as parse_size has them.
    assert sum(map(parse_size, fixed)) + int(tables[1]) * MIB == SYSTEM_BYTES


def test_the_smallest_disk_of_every_model_passes_the_check_of_the_initrd() -> None:
    var = parse_size(read(APPLIANCE / "30-var.conf")["SizeMinBytes"])
    for model in catalogue().supported():
        assert SYSTEM_BYTES + var <= model.min_disk_bytes, model.name


def test_limits_are_applied_before_the_mail_service_and_cannot_fail_the_boot() -> None:
    """H4. Whatever the disk or the model, mail flows: nothing requires the unit, and a refusal is no failure."""
    unit = (UNITS / "mailward-quota.service").read_text()
    assert "\nBefore=mailward.service\n" in unit
    assert f"\nSuccessExitStatus={ExitStatus.REJECTED:d}\n" in unit
    for path in UNITS.glob("*.service"):
        assert not re.search(
            r"^(Requires|BindsTo|Requisite)=.*mailward-quota", path.read_text(), re.MULTILINE
        )
    (command,) = re.findall(r"^ExecStart=/usr/bin/mailward hw quota (\w+)$", unit, re.MULTILINE)
    assert command in quota.commands


@pytest.mark.parametrize("unit", sorted(UNITS.glob("mailward*.service")), ids=lambda path: path.name)
def test_a_unit_names_units_of_ours_that_are_there(unit: Path) -> None:
    """systemd ignores an order to a unit that does not exist, and says nothing."""
    named = set(re.findall(r"\bmailward[a-z-]*\.service\b", unit.read_text()))
    assert {name for name in named if not (UNITS / name).exists()} == set()


def test_the_release_has_its_configuration_before_it_is_applied() -> None:
    boot = (UNITS / "mailward-upgrade-boot.service").read_text()
    assert re.search(r"^Before=.*\bmailward-apply\.service\b", boot, re.MULTILINE)
