"""Mail settings: listeners, routes, destinations, and what rules refer to by name."""

from gateway.console.roles import Right
from gateway.console.table import Category, Command

HERE = "gateway.console.commands"


def _mail(name: str, place: str, summary: str) -> Command:
    return Command(name, Category.MAIL, Right.SHOW, summary, f"{HERE}.{place}", commit=True)


ENTRIES = (
    _mail("listenerconfig", "listeners:LISTENERCONFIG", "Where mail comes in: listeners, HAT, RAT."),
    _mail("smtproutes", "routes:SMTPROUTES", "Where mail for a domain goes instead of its MX."),
    _mail("destconfig", "destinations:DESTCONFIG", "Limits, TLS and certificate per destination."),
    _mail(
        "bounceconfig", "destinations:BOUNCECONFIG", "How long delivery is tried, and what the sender hears."
    ),
    _mail("altsrchost", "addresses:ALTSRCHOST", "Which interface a sender's mail leaves by."),
    _mail("aliasconfig", "addresses:ALIASCONFIG", "Addresses that stand for others."),
    _mail("addresslistconfig", "addresses:ADDRESSLISTCONFIG", "Addresses and domains under one name."),
    _mail("exceptionconfig", "addresses:EXCEPTIONCONFIG", "Senders that are not verified."),
    _mail("policyconfig", "policies:POLICYCONFIG", "Mail policies and their users."),
    _mail("filters", "policies:FILTERS_COMMAND", "Message filters."),
    _mail(
        "dictionaryconfig",
        "dictionaries:DICTIONARYCONFIG",
        "Content dictionaries, and how many there may be.",
    ),
    _mail("textconfig", "dictionaries:TEXTCONFIG", "Text resources."),
)
