"""The kinds of values the configuration is made of."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_HOSTNAME = re.compile(r"(?=.{1,253}\Z)[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?)*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


def hostname(value: str) -> str:
    if not _HOSTNAME.fullmatch(value):
        raise ValueError("must be a host name such as mail.example.com")
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("must be a letter or underscore, then letters, digits, _ or -")
    return value


def _address(value: str) -> str:
    ipaddress.ip_address(value)
    return value


def _network(value: str) -> str:
    ipaddress.ip_network(value, strict=False)
    return value


def _domain(value: str) -> str:
    if value.upper() == "ALL":
        return "ALL"
    return ("." if value.startswith(".") else "") + hostname(value.removeprefix(".")).lower()


Hostname = Annotated[str, AfterValidator(hostname)]
Name = Annotated[str, AfterValidator(_name)]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Domain = Annotated[str, AfterValidator(_domain)]
Port = Annotated[int, Field(ge=1, le=65535)]


def items(name: str, **limits: Any) -> Any:
    """A list field whose elements are called `name`."""
    return Field(default_factory=list, json_schema_extra={"item": name}, **limits)


class Element(BaseModel):
    """An element with children; what is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
