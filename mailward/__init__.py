"""The ground floor: the one command, the exception tree, tables and JSON, timed progress.

Everything above (hwmgmt, upgrade, gateway, image) may import this package; it imports none of them.
"""
