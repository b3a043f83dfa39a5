"""The appliance as a machine."""

from gateway.console.roles import Right
from gateway.console.table import Category, Command

HERE = "gateway.console.commands"


def _machine(
    name: str, summary: str, *, category: Category = Category.SYSTEM, right: Right = Right.STATUS
) -> Command:
    return Command(name, category, right, summary, f"{HERE}.machine:{name.upper()}")


ENTRIES = (
    _machine("version", "Model, version and serial number."),
    _machine("ipcheck", "Hardware and interfaces in short."),
    _machine("hwinfo", "All parts of the machine.", right=Right.LOGS),
    _machine("health", "Power supplies, fans, temperature, disks."),
    _machine("talosstatus", "What reputation services there are."),
    _machine("talosupdate", "Update reputation engines.", right=Right.SYSTEM),
    _machine("sdrstatus", "Gone: `talosstatus` took its place."),
    _machine("sdrupdate", "Gone: `talosupdate` took its place."),
    Command(
        "diskquotaconfig",
        Category.SYSTEM,
        Right.SHOW,
        "Sizes of the areas of the disk.",
        f"{HERE}.updates:DISKQUOTACONFIG",
        commit=True,
    ),
    Command(
        "updateconfig",
        Category.SYSTEM,
        Right.SHOW,
        "Where releases and updates come from.",
        f"{HERE}.updates:UPDATECONFIG",
        commit=True,
    ),
    Command(
        "upgrade",
        Category.SYSTEM,
        Right.ADMINISTER,
        "From one release to the next.",
        f"{HERE}.upgrading:UPGRADE",
    ),
    Command(
        "revert",
        Category.SYSTEM,
        Right.ADMINISTER,
        "Back to the release of before.",
        f"{HERE}.upgrading:REVERT",
    ),
    Command("reboot", Category.SYSTEM, Right.SYSTEM, "Restart the appliance.", f"{HERE}.power:REBOOT"),
    Command("shutdown", Category.SYSTEM, Right.SYSTEM, "Switch the appliance off.", f"{HERE}.power:SHUTDOWN"),
    Command(
        "systemsetup",
        Category.SYSTEM,
        Right.ADMINISTER,
        "First setup, step by step.",
        f"{HERE}.setup:SYSTEMSETUP",
    ),
    Command(
        "supportrequest",
        Category.SYSTEM,
        Right.SYSTEM,
        "A file with all that support needs.",
        f"{HERE}.support:SUPPORTREQUEST",
    ),
)
