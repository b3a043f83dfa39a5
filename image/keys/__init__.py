"""A site's keys: for Secure Boot (PK, KEK, db) and for signing releases."""
