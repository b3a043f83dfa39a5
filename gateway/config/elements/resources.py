"""What rules and texts refer to by name: dictionaries, text resources, aliases, address lists (G12, G23)."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Annotated

import re2
from pydantic import AfterValidator, Field, model_validator

from gateway.config.elements.access import Who
from gateway.config.types import Element, Label, Name, items

DICTIONARIES = 100  # G12: the limit as it comes
DICTIONARIES_AT_MOST = 150
SMART_IDENTIFIERS = frozenset({"*credit", "*ssn", "*cusip", "*aba"})  # G11


def _pattern(value: str) -> str:
    """A word, a pattern or a smart identifier. Run by re2 only, so it cannot lock up (gateway facts 1.7)."""
    if value in SMART_IDENTIFIERS:
        return value
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(value, options)
    except re2.error as error:
        raise ValueError(f"is not a pattern that can be searched for: {error}") from error
    return value


class DictionaryEntry(Element):
    """A term: a word, a pattern, or a smart identifier (G11)."""

    term: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_pattern)]
    weight: int = Field(default=1, ge=0, le=10)
    prefix: bool = Field(default=False, description="Of a smart identifier: only behind its keyword (G11)")


class ContentDictionary(Element):
    """Words to look for in messages (`dictionaryconfig`)."""

    dictionary_name: Name
    ignore_case: bool = True
    whole_words: bool = True
    entries: list[DictionaryEntry] = items("entry", key="term")


class TextKind(StrEnum):
    TEXT = "text"
    DISCLAIMER = "disclaimer"
    NOTIFICATION = "notification"
    BOUNCE = "bounce"
    ANTIVIRUS = "antivirus-container"
    ENCRYPTION = "encryption-notification"


class TextResource(Element):
    """A text used elsewhere by its name (`textconfig`).

    Names with spaces come from before G23: they are carried over (U23), and nobody can make new ones.
    """

    text_name: Label
    kind: TextKind = TextKind.TEXT
    text: str = Field(max_length=1_000_000)


class Alias(Element):
    """An address that stands for others (`aliasconfig`)."""

    alias: Who
    targets: list[Who] = items("target", min_length=1)


class AddressListKind(StrEnum):
    FULL = "full"
    DOMAINS = "domains"
    IPS = "ips"
    ALL = "all"


class AddressList(Element):
    """Addresses and domains under one name (`addresslistconfig`)."""

    list_name: Name
    description: str = Field(default="", max_length=500)
    kind: AddressListKind = AddressListKind.ALL
    addresses: list[str] = items("address")

    @model_validator(mode="after")
    def _once(self) -> AddressList:
        twice = sorted(entry for entry, count in Counter(self.addresses).items() if count > 1)
        if twice:
            raise ValueError(f"has {', '.join(twice)} twice")
        return self
