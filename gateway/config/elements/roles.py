"""The roles of users; a module of its own, because the console's prompt needs it and nothing else of the model."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a user may do. `gateway.console.roles` says which commands that is."""

    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    TECHNICIAN = "technician"
    READ_ONLY = "readonly"
    GUEST = "guest"
    HELPDESK = "helpdesk"
