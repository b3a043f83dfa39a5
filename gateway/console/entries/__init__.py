"""The lines of the table, a module per kind; the order is that of `help`."""

from gateway.console.entries import access, mail, mailflow, network, session, system

ENTRIES = (
    *mailflow.ENTRIES,
    *mail.ENTRIES,
    *network.ENTRIES,
    *access.ENTRIES,
    *session.ENTRIES,
    *system.ENTRIES,
)
