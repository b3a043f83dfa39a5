"""The whole configuration. Its elements are in `gateway.config.elements`; `gateway.config.xml` does the spelling.

Names of fields are names of elements. A list field's `item` is the element repeated inside it. Everything an
administrator may set has its default, its limits and one sentence of description here, once.
"""

from __future__ import annotations

from collections import Counter

from pydantic import Field, model_validator

from gateway.access.passwords import account_name
from gateway.config.elements.access import (
    LocalScore,
    SenderException,
    SmtpAuthUser,
)
from gateway.config.elements.administration import AdminAccess, Alerts, Ftp, Ssh, User
from gateway.config.elements.delivery import (
    BounceProfile,
    DestinationControl,
    Dns,
    SmtpRoute,
    SourceRule,
)
from gateway.config.elements.listener import Listener
from gateway.config.elements.logs import LogSubscription, QuotaSetting, Updates
from gateway.config.elements.network import EthernetPort, IpInterface, NicPair, Routing, Time, Vlan
from gateway.config.elements.policies import Cluster, MailPolicy, MessageFilter, ScanSettings
from gateway.config.elements.resources import (
    DICTIONARIES,
    DICTIONARIES_AT_MOST,
    AddressList,
    Alias,
    ContentDictionary,
    TextResource,
)
from gateway.config.elements.tls import AuthorityList, Certificate, Ssl
from gateway.config.types import Element, Hostname, items


class Limits(Element):
    """When new mail is put off."""

    queue_size: int = Field(default=0, ge=0, description="Octets of queued mail; 0 leaves it to the disk")
    queue_messages: int = Field(default=0, ge=0)
    reserve: int = Field(default=64 << 20, ge=0, description="Octets of the disk that stay free")
    memory: int = Field(default=256 << 20, ge=1 << 20, description="Octets of content on its way in")


class Config(Element):
    """The whole file."""

    hostname: Hostname
    ethernet_ports: list[EthernetPort] = items("ethernet_port")
    vlans: list[Vlan] = items("vlan")
    nic_pairs: list[NicPair] = items("nic_pair")
    ip_interfaces: list[IpInterface] = items("ip_interface")
    routing: Routing = Routing()
    dns: Dns = Dns()
    time: Time = Time()
    users: list[User] = items("user", description="Beside `admin`'s credentials of the first boot")
    admin_access: AdminAccess = AdminAccess()
    ssh: Ssh = Ssh()
    ftp: Ftp = Ftp()
    certificates: list[Certificate] = items("certificate")
    certificate_authorities: AuthorityList = AuthorityList()
    ssl: Ssl = Ssl()
    fips_mode: bool = Field(default=False, description="Must be off before an upgrade to 14.2 (U9)")
    listeners: list[Listener] = items("listener")
    smtp_routes: list[SmtpRoute] = items("smtp_route")
    bounce_profiles: list[BounceProfile] = items("bounce_profile")
    destination_controls: list[DestinationControl] = items("destination_control")
    source_rules: list[SourceRule] = items("source_rule")
    limits: Limits = Limits()
    smtp_auth_users: list[SmtpAuthUser] = items("smtp_auth_user")
    sender_verification_exceptions: list[SenderException] = items("exception")
    ip_reputation: list[LocalScore] = items("entry", description="Scores that need no service")
    incoming_policies: list[MailPolicy] = items("policy")
    outgoing_policies: list[MailPolicy] = items("policy")
    message_filters: list[MessageFilter] = items("filter")
    multi_scan: ScanSettings = ScanSettings()
    graymail: ScanSettings = ScanSettings()
    dictionary_limit: int = Field(default=DICTIONARIES, ge=1, le=DICTIONARIES_AT_MOST, description="G12")
    content_dictionaries: list[ContentDictionary] = items("dictionary")
    text_resources: list[TextResource] = items("text_resource")
    aliases: list[Alias] = items("entry")
    address_lists: list[AddressList] = items("address_list")
    log_subscriptions: list[LogSubscription] = items("log_subscription")
    alerts: Alerts = Alerts()
    updates: Updates = Updates()
    disk_quotas: list[QuotaSetting] = items("quota", description="Areas left out have the model's size")
    cluster: Cluster = Cluster()

    @model_validator(mode="after")
    def _unique(self) -> Config:
        for what, names in (
            ("listener_name", [item.listener_name for item in self.listeners]),
            ("port_name", [item.port_name for item in self.ethernet_ports]),
            ("vlan_name", [item.vlan_name for item in self.vlans]),
            ("pair_name", [item.pair_name for item in self.nic_pairs]),
            ("interface_name", [item.interface_name for item in self.ip_interfaces]),
            ("route_name", [item.route_name for item in self.routing.routes]),
            ("user_name", [item.user_name for item in self.users]),
            ("certificate_name", [item.certificate_name for item in self.certificates]),
            ("smtp_route domain", [item.domain for item in self.smtp_routes]),
            ("profile_name", [item.profile_name for item in self.bounce_profiles]),
            ("destination_control domain", [item.domain for item in self.destination_controls]),
            ("smtp_auth_user", [account_name(item.user_name) for item in self.smtp_auth_users]),
            ("incoming policy_name", [item.policy_name for item in self.incoming_policies]),
            ("outgoing policy_name", [item.policy_name for item in self.outgoing_policies]),
            ("filter_name", [item.filter_name for item in self.message_filters]),
            ("dictionary_name", [item.dictionary_name for item in self.content_dictionaries]),
            ("text_name", [item.text_name for item in self.text_resources]),
            ("alias", [item.alias for item in self.aliases]),
            ("list_name", [item.list_name for item in self.address_lists]),
            ("log_name", [item.log_name for item in self.log_subscriptions]),
            ("quota area", [item.area for item in self.disk_quotas]),
        ):
            twice = sorted(name for name, count in Counter(names).items() if count > 1)
            if twice:
                raise ValueError(f"{what} {', '.join(twice)} is there twice")
        if len(self.content_dictionaries) > self.dictionary_limit:
            raise ValueError(
                f"there are {len(self.content_dictionaries)} dictionaries, and dictionary_limit is "
                f"{self.dictionary_limit}"
            )
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
