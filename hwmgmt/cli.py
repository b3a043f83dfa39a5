"""`mailward hw`: the hardware floor on the command line. Each folder brings its own subcommands."""

import click

from mailward.cli import LazyGroup

SUBCOMMANDS: dict[str, str] = {
    "dcb": "hwmgmt.net.cli:dcb",
    "guard": "hwmgmt.net.cli:guard",
    "links": "hwmgmt.net.cli:links",
    "lldp": "hwmgmt.net.cli:lldp",
    "disks": "hwmgmt.disks.cli:disks",
    "limit": "hwmgmt.disks.cli:limit",
    "model": "hwmgmt.models.cli:model",
    "quota": "hwmgmt.quota.cli:quota",
    "raid": "hwmgmt.disks.cli:raid",
    "smart": "hwmgmt.disks.cli:smart",
}


@click.group(cls=LazyGroup, members=SUBCOMMANDS)
def hw() -> None:
    """Models, IPMI, links and LLDP, disks, quotas and health of the machine."""
