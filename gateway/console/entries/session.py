"""The session, and what is in hand."""

from gateway.console.roles import Right
from gateway.console.table import Category, Command

HERE = "gateway.console.commands"

ENTRIES = (
    Command(
        "commit",
        Category.CONFIGURATION,
        Right.CONFIGURE,
        "Put your changes into effect.",
        f"{HERE}.commit:COMMIT",
    ),
    Command(
        "clear",
        Category.CONFIGURATION,
        Right.CONFIGURE,
        "Drop your changes that are not committed.",
        f"{HERE}.commit:CLEAR",
        aliases=("clearchanges",),
    ),
    Command("help", Category.SESSION, Right.SELF, "List commands, or explain one.", f"{HERE}.session:HELP"),
    Command("whoami", Category.SESSION, Right.SELF, "Your user name and role.", f"{HERE}.session:WHOAMI"),
    Command(
        "quit", Category.SESSION, Right.SELF, "Log out.", f"{HERE}.session:QUIT", aliases=("exit", "logout")
    ),
)
