"""The kinds of values the configuration is made of."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from gateway.smtp.domain import BadDomain, typed_domain, unicode_domain

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
SECRET_FIELDS: set[tuple[str]] = set()  # names of fields made by `secret`; filled by `Element`
_LABEL = re.compile(r"[^\W\d][\w .()/-]{0,99}")


def hostname(value: str) -> str:
    """A host's name in A-labels, the form it has in DNS, in EHLO and in Received."""
    try:
        return typed_domain(value)
    except BadDomain as error:
        raise ValueError("must be a host name such as mail.example.com") from error


def name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("must be a letter or underscore, then letters, digits, _ or -")
    return value


def is_name(value: str) -> bool:
    """True for what may be given as a name today (G23)."""
    return bool(_NAME.fullmatch(value))


def _label(value: str) -> str:
    if not _LABEL.fullmatch(value):
        raise ValueError("must be a letter or underscore, then letters, digits, spaces or . ( ) / _ -")
    return value


def _address(value: str) -> str:
    ipaddress.ip_address(value)
    return value


def _network(value: str) -> str:
    ipaddress.ip_network(value, strict=False)
    return value


def _domain(value: str) -> str:
    """As people read it; the tables make keys of it. Two spellings of one domain come out the same."""
    if value.upper() == "ALL":
        return "ALL"
    dot = "." if value.startswith(".") else ""
    return dot + unicode_domain(hostname(value.removeprefix(".")))


Hostname = Annotated[str, AfterValidator(hostname)]
Name = Annotated[str, AfterValidator(name)]
Label = Annotated[str, AfterValidator(_label)]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Domain = Annotated[str, AfterValidator(_domain)]
Port = Annotated[int, Field(ge=1, le=65535)]


def items(
    name: str,
    *,
    key: str = "",
    fold: Callable[[str], str] = str,
    ordered: bool = False,
    **limits: Any,
) -> Any:
    """A list field whose elements are called `name`.

    `key` is the child element that tells them apart: no two may have the same, as `fold` spells it.
    `ordered` says that the first that fits is taken, so that their order is a setting too. With a `min_length` the
    list has to be there.
    """
    extra: dict[str, Any] = {"item": name, "key": key, "fold": fold, "ordered": ordered}
    if limits.get("min_length"):
        return Field(json_schema_extra=extra, **limits)
    return Field(default_factory=list, json_schema_extra=extra, **limits)


def secret(**field: Any) -> Any:
    """A text field nobody may read over a shoulder: masked or encrypted in what is saved, hidden in what is shown."""
    return Field(json_schema_extra={"secret": True}, **field)


class Element(BaseModel):
    """An element with children; what is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        for name, info in cls.model_fields.items():
            if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("secret"):
                SECRET_FIELDS.add((name,))
