"""The mail service and, above it, the admin plane. Imports upgrade, hwmgmt and below."""
