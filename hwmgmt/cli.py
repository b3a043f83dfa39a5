"""`mailward hw`: the hardware floor on the command line. Each folder brings its own subcommands."""

import click

from mailward.cli import LazyGroup

SUBCOMMANDS: dict[str, str] = {
    "bmc": "hwmgmt.ipmi.bmc_cli:bmc",
    "bootdev": "hwmgmt.ipmi.control_cli:bootdev",
    "dcb": "hwmgmt.net.cli:dcb",
    "disks": "hwmgmt.disks.cli:disks",
    "fru": "hwmgmt.ipmi.cli:fru",
    "guard": "hwmgmt.net.cli:guard",
    "health": "hwmgmt.health.cli:health",
    "identify": "hwmgmt.ipmi.control_cli:identify",
    "inventory": "hwmgmt.inventory.cli:inventory",
    "limit": "hwmgmt.disks.cli:limit",
    "links": "hwmgmt.net.cli:links",
    "lldp": "hwmgmt.net.cli:lldp",
    "metrics": "hwmgmt.health.cli:metrics",
    "model": "hwmgmt.models.cli:model",
    "power": "hwmgmt.ipmi.control_cli:power",
    "quota": "hwmgmt.quota.cli:quota",
    "raid": "hwmgmt.disks.cli:raid",
    "sel": "hwmgmt.ipmi.cli:sel",
    "sensors": "hwmgmt.ipmi.cli:sensors",
    "smart": "hwmgmt.disks.cli:smart",
    "watchdog": "hwmgmt.ipmi.control_cli:watchdog",
}


@click.group(cls=LazyGroup, members=SUBCOMMANDS)
def hw() -> None:
    """Models, IPMI, links and LLDP, disks, quotas and health of the machine."""
