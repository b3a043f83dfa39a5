"""Secure Boot: what mkosi is told, and what the firmware is offered to trust."""
