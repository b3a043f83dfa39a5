"""The appliance as a machine, and how it is doing."""

from gateway.console.roles import Right
from gateway.console.table import Category, Command

HERE = "gateway.console.commands"

ENTRIES = (
    Command(
        "status",
        Category.STATUS,
        Right.STATUS,
        "Gauges, counters and rates of the mail service.",
        f"{HERE}.status:STATUS",
    ),
)
