"""The access layer's part of the configuration: tables in their text form, checked when the file is read.

The tables stand in the file as they are exported and imported, so that one page of documentation holds for
both and a table of ten thousand lines does not become fifty thousand lines of XML. A problem names the line
of the table.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.access.hat_text import parse_hat
from gateway.access.passwords import PasswordHash
from gateway.access.policies import SmtpAuth, Tls
from gateway.access.proxy import TrustedProxies
from gateway.access.rat import parse_rat, parse_recipient
from gateway.access.sources import Addresses, BadSource, parse_source
from gateway.access.tokens import BadTable
from gateway.access.verify import Exemption
from gateway.config.types import Element, Name, items, secret
from gateway.smtp.address import BadAddress
from gateway.smtp.domain import BadDomain, typed_domain, wire_domain


def _hat(value: str) -> str:
    try:
        if value:
            parse_hat(value)
    except BadTable as error:
        raise ValueError(str(error)) from error
    return value


def requires_tls(hat: str) -> bool:
    """True if a policy of the table takes mail over TLS only."""
    return bool(hat) and any(policy.settings.get("tls") is Tls.REQUIRED for policy in parse_hat(hat).policies)


def _rat(value: str) -> str:
    try:
        if value:
            parse_rat(value)
    except BadTable as error:
        raise ValueError(str(error)) from error
    return value


def _proxy(value: str) -> str:
    try:
        TrustedProxies([value])
    except BadSource as error:
        raise ValueError(str(error)) from error
    return value


def _addresses(value: str) -> str:
    try:
        source = parse_source(value)
    except BadSource as error:
        raise ValueError(str(error)) from error
    if not isinstance(source, Addresses):
        raise ValueError("must be an address, a range or a CIDR block")
    return value


def _ip(value: str) -> str:
    ip_address(value)
    return value


def _who(value: str) -> str:
    try:
        parse_recipient(value)
    except (BadAddress, BadDomain) as error:
        raise ValueError(f"must be an address, a domain or a .partial.domain: {error}") from error
    return value


def _mail_domain(value: str) -> str:
    try:
        if value:
            wire_domain(typed_domain(value))
    except BadDomain as error:
        raise ValueError(str(error)) from error
    return value


MailDomain = Annotated[str, AfterValidator(_mail_domain)]
HatText = Annotated[str, AfterValidator(_hat)]
RatText = Annotated[str, AfterValidator(_rat)]
ProxyAddresses = Annotated[str, AfterValidator(_proxy)]
IpAddresses = Annotated[str, AfterValidator(_addresses)]
ServerAddress = Annotated[str, AfterValidator(_ip)]
Who = Annotated[str, AfterValidator(_who)]


def _password_hash(value: str) -> str:
    PasswordHash.parse(value)
    return value


def requires_auth(hat: str) -> bool:
    """True if a policy of the table takes mail of authenticated clients only."""
    return bool(hat) and any(
        policy.settings.get("smtp_auth") is SmtpAuth.REQUIRED for policy in parse_hat(hat).policies
    )


HashText = Annotated[str, AfterValidator(_password_hash)]


class SmtpAuthUser(Element):
    """Who may send from anywhere, with a password."""

    user_name: str = Field(min_length=1, max_length=255, description="Compared without regard to case")
    password_hash: HashText = secret(description="Made by `mailward smtpauth-hash`")
    listeners: list[Name] = items("listener", description="Where it is good; empty for all that offer AUTH")


class SenderException(Element):
    """A sender that is allowed or rejected without asking DNS about its domain."""

    sender: Who
    behavior: Exemption = Exemption.ALLOW


class LocalScore(Element):
    """A reputation score of the administrator's own for some addresses."""

    addresses: IpAddresses
    score: float = Field(ge=-10.0, le=10.0)
