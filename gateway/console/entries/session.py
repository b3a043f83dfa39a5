"""Configurations as a whole, and the session."""

from gateway.console.roles import Right
from gateway.console.table import Category, Command

HERE = "gateway.console.commands"


def _config(
    name: str, module: str, summary: str, right: Right, *, commit: bool = False, aliases: tuple[str, ...] = ()
) -> Command:
    return Command(
        name,
        Category.CONFIGURATION,
        right,
        summary,
        f"{HERE}.{module}:{name.upper()}",
        commit=commit,
        aliases=aliases,
    )


def _session(
    name: str,
    summary: str,
    *,
    module: str = "session",
    right: Right = Right.SELF,
    aliases: tuple[str, ...] = (),
) -> Command:
    return Command(name, Category.SESSION, right, summary, f"{HERE}.{module}:{name.upper()}", aliases=aliases)


ENTRIES = (
    _config("commit", "commit", "Put your changes into effect.", Right.CONFIGURE),
    _config(
        "clear",
        "commit",
        "Drop your changes that are not committed.",
        Right.CONFIGURE,
        aliases=("clearchanges",),
    ),
    _config("showconfig", "configuration", "The configuration as XML.", Right.SHOW),
    _config("saveconfig", "configuration", "Save the configuration to a file.", Right.CONFIGURE),
    _config("mailconfig", "configuration", "Mail the configuration.", Right.CONFIGURE),
    _config("loadconfig", "configuration", "Load a configuration.", Right.ADMINISTER, commit=True),
    _config(
        "resetconfig", "configuration", "Back to the factory's configuration.", Right.ADMINISTER, commit=True
    ),
    _config(
        "rollbackconfig", "configuration", "Back to a configuration of before.", Right.ADMINISTER, commit=True
    ),
    _config("clusterconfig", "cluster", "The cluster and its machines.", Right.ADMINISTER, commit=True),
    _config(
        "clustercheck", "cluster", "Whether the machines of the cluster agree.", Right.ADMINISTER, commit=True
    ),
    _session("help", "List commands, or explain one."),
    _session("whoami", "Your user name and role."),
    _session("shell", "A root shell, on the record.", module="power", right=Right.SHELL),
    _session("quit", "Log out.", aliases=("exit", "logout")),
)
