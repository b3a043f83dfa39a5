"""The lines of the table, a module per kind; the order is that of `help`."""

from gateway.console.entries import network, session, system

ENTRIES = (*system.ENTRIES, *network.ENTRIES, *session.ENTRIES)
