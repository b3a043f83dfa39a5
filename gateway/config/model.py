"""The configuration as the mail service sees it. One class per element; `gateway.config.xml` does the
spelling.

Names of fields are names of elements. A list field's `item` is the element repeated inside it. Everything an
administrator may set has its default, its limits and one sentence of description here, once.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from gateway.access.passwords import account_name
from gateway.access.policies import SmtpAuth
from gateway.config.access import (
    HatText,
    LocalScore,
    MailDomain,
    ProxyAddresses,
    RatText,
    SenderException,
    SmtpAuthUser,
    requires_auth,
    requires_tls,
)
from gateway.config.delivery import (
    BounceProfile,
    Certificate,
    DestinationControl,
    Dns,
    IpInterface,
    SmtpRoute,
    SourceRule,
)
from gateway.config.types import Address, Domain, Element, Hostname, Name, Network, Port, items


class ListenerType(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class BareNewlinesSetting(StrEnum):
    REFUSE = "refuse"
    CLEAN = "clean"
    ALLOW = "allow"


class Listener(Element):
    """Where mail comes in."""

    listener_name: Name
    listener_type: ListenerType = ListenerType.PUBLIC
    interface_name: Name = "Management"
    ip: Address = Field(default="0.0.0.0", description="Local address; 0.0.0.0 or :: for all")
    port: Port = 25
    default_domain: MailDomain = Field(default="", description="For addresses that have none; empty refuses")
    accepted_domains: list[Domain] = items("domain")
    relay_hosts: list[Network] = items("host")
    hat: HatText = Field(default="", description="Host access table; empty for the predefined one")
    rat: RatText = Field(default="", description="Recipient access table; empty for accepted_domains")
    trusted_proxies: list[ProxyAddresses] = items(
        "host", description="Load balancers that send, and must send, a PROXY header"
    )
    max_message_size: int = Field(default=100 << 20, ge=0, description="Octets; 0 is no limit")
    max_recipients: int = Field(default=1000, ge=1, le=50000)
    max_connections: int = Field(default=1000, ge=0, description="At the same time, all workers together")
    max_connections_per_host: int = Field(default=0, ge=0, description="0 is no limit")
    bare_newlines: BareNewlinesSetting = BareNewlinesSetting.REFUSE
    command_timeout: int = Field(default=300, ge=1, description="Seconds")
    data_timeout: int = Field(default=180, ge=1, description="Seconds between two blocks of content")
    minimum_rate: int = Field(default=100, ge=0, description="Octets of content per second, over a minute")
    certificate: str = Field(default="", description="PEM file with certificate and key; empty for no TLS")
    implicit_tls: bool = False
    tls_required: bool = False
    smtp_auth: SmtpAuth = Field(default=SmtpAuth.OFF, description="Offered on TLS only")
    auth_failures_per_hour: int = Field(
        default=20, ge=0, description="Wrong passwords from one host, all workers together; 0 is no limit"
    )

    @model_validator(mode="after")
    def _one_place(self) -> Listener:
        if self.hat and self.relay_hosts:
            raise ValueError("relay_hosts has no say beside a hat: put the hosts into its RELAYLIST")
        if self.rat and self.accepted_domains:
            raise ValueError("accepted_domains has no say beside a rat: put the domains into it")
        if not self.certificate and (self.tls_required or requires_tls(self.hat)):
            raise ValueError("TLS is required but there is no certificate: nobody could send mail")
        if self.smtp_auth is not SmtpAuth.OFF and not self.certificate:
            raise ValueError("smtp_auth needs a certificate: it is offered on TLS only")
        if self.smtp_auth is SmtpAuth.OFF and requires_auth(self.hat):
            raise ValueError("a policy of the hat requires smtp_auth, but the listener does not offer it")
        if self.trusted_proxies and self.implicit_tls:
            raise ValueError("trusted_proxies cannot be with implicit_tls: the header comes before TLS")
        return self


class Limits(Element):
    """When new mail is put off."""

    queue_size: int = Field(default=0, ge=0, description="Octets of queued mail; 0 leaves it to the disk")
    queue_messages: int = Field(default=0, ge=0)
    reserve: int = Field(default=64 << 20, ge=0, description="Octets of the disk that stay free")
    memory: int = Field(default=256 << 20, ge=1 << 20, description="Octets of content on its way in")


class Config(Element):
    """The whole file."""

    hostname: Hostname
    listeners: list[Listener] = items("listener")
    smtp_routes: list[SmtpRoute] = items("smtp_route")
    bounce_profiles: list[BounceProfile] = items("bounce_profile")
    destination_controls: list[DestinationControl] = items("destination_control")
    ip_interfaces: list[IpInterface] = items("ip_interface")
    source_rules: list[SourceRule] = items("source_rule")
    certificates: list[Certificate] = items("certificate")
    dns: Dns = Dns()
    limits: Limits = Limits()
    smtp_auth_users: list[SmtpAuthUser] = items("smtp_auth_user")
    sender_verification_exceptions: list[SenderException] = items("exception")
    ip_reputation: list[LocalScore] = items("entry", description="Scores that need no service")

    @model_validator(mode="after")
    def _unique(self) -> Config:
        for what, names in (
            ("listener_name", [item.listener_name for item in self.listeners]),
            ("smtp_route domain", [item.domain for item in self.smtp_routes]),
            ("profile_name", [item.profile_name for item in self.bounce_profiles]),
            ("destination_control domain", [item.domain for item in self.destination_controls]),
            ("interface_name", [item.interface_name for item in self.ip_interfaces]),
            ("smtp_auth_user", [account_name(item.user_name) for item in self.smtp_auth_users]),
            ("certificate_name", [item.certificate_name for item in self.certificates]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise ValueError(f"{what} {', '.join(sorted(twice))} is there twice")
        return self

    @model_validator(mode="after")
    def _references(self) -> Config:
        """What one element names another one has to be."""
        profiles = {profile.profile_name for profile in self.bounce_profiles} | {"Default"}
        certificates = {certificate.certificate_name for certificate in self.certificates}
        interfaces = {interface.interface_name for interface in self.ip_interfaces}
        for control in self.destination_controls:
            if control.bounce_profile and control.bounce_profile not in profiles:
                raise ValueError(
                    f"destination_control {control.domain}: no bounce profile {control.bounce_profile}"
                )
            if control.certificate and control.certificate not in certificates:
                raise ValueError(
                    f"destination_control {control.domain}: no certificate {control.certificate}"
                )
        listeners = {listener.listener_name for listener in self.listeners}
        for user in self.smtp_auth_users:
            if unknown := set(user.listeners) - listeners:
                raise ValueError(f"smtp_auth_user {user.user_name}: no listener {', '.join(sorted(unknown))}")
        for rule in self.source_rules:
            if rule.interface_name not in interfaces:
                raise ValueError(f"source_rule {rule.match}: no ip_interface {rule.interface_name}")
        return self
