"""The appliance's own network."""

from gateway.console.roles import Right
from gateway.console.table import Category, Command

HERE = "gateway.console.commands"

ENTRIES = (
    Command(
        "sethostname",
        Category.NETWORK,
        Right.CONFIGURE,
        "Set the name of this machine.",
        f"{HERE}.host:SETHOSTNAME",
        commit=True,
    ),
    Command("dnsconfig", Category.NETWORK, Right.SHOW, "Name servers.", f"{HERE}.dns:DNSCONFIG", commit=True),
)
