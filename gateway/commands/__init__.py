"""Commands that ask the running mail service."""
