"""The whole configuration. Its elements are in `gateway.config.elements`; `gateway.config.xml` does the spelling.

Names of fields are names of elements. A list field's `item` is the element repeated inside it. Everything an
administrator may set has its default, its limits and one sentence of description here, once.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from gateway.access.passwords import account_name
from gateway.config.checks import findings
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
from gateway.config.problems import findings_error
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
    ethernet_ports: list[EthernetPort] = items("ethernet_port", key="port_name")
    vlans: list[Vlan] = items("vlan", key="vlan_name")
    nic_pairs: list[NicPair] = items("nic_pair", key="pair_name")
    ip_interfaces: list[IpInterface] = items("ip_interface", key="interface_name")
    routing: Routing = Routing()
    dns: Dns = Dns()
    time: Time = Time()
    users: list[User] = items(
        "user", key="user_name", description="Beside `admin`'s credentials of the first boot"
    )
    admin_access: AdminAccess = AdminAccess()
    ssh: Ssh = Ssh()
    ftp: Ftp = Ftp()
    certificates: list[Certificate] = items("certificate", key="certificate_name")
    certificate_authorities: AuthorityList = AuthorityList()
    ssl: Ssl = Ssl()
    fips_mode: bool = Field(default=False, description="Must be off before an upgrade to 14.2 (U9)")
    listeners: list[Listener] = items("listener", key="listener_name")
    smtp_routes: list[SmtpRoute] = items("smtp_route", key="domain")
    bounce_profiles: list[BounceProfile] = items("bounce_profile", key="profile_name")
    destination_controls: list[DestinationControl] = items("destination_control", key="domain")
    source_rules: list[SourceRule] = items("source_rule", key="match")
    limits: Limits = Limits()
    smtp_auth_users: list[SmtpAuthUser] = items("smtp_auth_user", key="user_name", fold=account_name)
    sender_verification_exceptions: list[SenderException] = items("exception", key="sender")
    ip_reputation: list[LocalScore] = items(
        "entry", key="addresses", ordered=True, description="Scores that need no service"
    )
    incoming_policies: list[MailPolicy] = items("policy", key="policy_name", ordered=True)
    outgoing_policies: list[MailPolicy] = items("policy", key="policy_name", ordered=True)
    message_filters: list[MessageFilter] = items("filter", key="filter_name", ordered=True)
    multi_scan: ScanSettings = ScanSettings()
    graymail: ScanSettings = ScanSettings()
    dictionary_limit: int = Field(default=DICTIONARIES, ge=1, le=DICTIONARIES_AT_MOST, description="G12")
    content_dictionaries: list[ContentDictionary] = items("dictionary", key="dictionary_name")
    text_resources: list[TextResource] = items("text_resource", key="text_name")
    aliases: list[Alias] = items("entry", key="alias")
    address_lists: list[AddressList] = items("address_list", key="list_name")
    log_subscriptions: list[LogSubscription] = items("log_subscription", key="log_name")
    alerts: Alerts = Alerts()
    updates: Updates = Updates()
    disk_quotas: list[QuotaSetting] = items(
        "quota", key="area", description="Areas left out have the model's size"
    )
    cluster: Cluster = Cluster()

    @model_validator(mode="after")
    def _whole(self) -> Config:
        if found := list(findings(self)):
            raise findings_error(found)
        return self
