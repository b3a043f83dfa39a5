"""Users, access, certificates, logs and alerts."""

from gateway.console.roles import Right
from gateway.console.table import Category, Command

HERE = "gateway.console.commands"


def _access(name: str, module: str, summary: str, right: Right) -> Command:
    return Command(name, Category.ACCESS, right, summary, f"{HERE}.{module}:{name.upper()}", commit=True)


ENTRIES = (
    _access("userconfig", "users", "Users and their roles.", Right.ADMINISTER),
    Command(
        "passwd",
        Category.ACCESS,
        Right.SELF,
        "Change your passphrase.",
        f"{HERE}.users:PASSWD",
        aliases=("passphrase", "password"),
    ),
    Command("who", Category.ACCESS, Right.STATUS, "Who is logged in.", f"{HERE}.machine:WHO"),
    Command("last", Category.ACCESS, Right.LOGS, "Who was logged in lately.", f"{HERE}.machine:LAST"),
    _access("sshconfig", "access", "SSH server and keys.", Right.ADMINISTER),
    _access("adminaccessconfig", "access", "From where and how administrators log in.", Right.ADMINISTER),
    _access("certconfig", "certificates", "Certificates, and authorities to believe.", Right.SHOW),
    _access("sslconfig", "certificates", "What TLS is spoken.", Right.SHOW),
    Command(
        "logconfig", Category.LOGS, Right.SHOW, "Log subscriptions.", f"{HERE}.logs:LOGCONFIG", commit=True
    ),
    Command(
        "tail",
        Category.LOGS,
        Right.LOGS,
        "The end of a log as it grows.",
        f"{HERE}.logs:TAIL_COMMAND",
        stream=True,
    ),
    Command("grep", Category.LOGS, Right.LOGS, "Search a log.", f"{HERE}.logs:GREP"),
    Command(
        "alertconfig",
        Category.LOGS,
        Right.SHOW,
        "Who is alerted of what.",
        f"{HERE}.updates:ALERTCONFIG",
        commit=True,
    ),
)
