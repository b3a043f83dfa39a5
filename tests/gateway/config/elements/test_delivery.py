"""gateway.config.elements.delivery, through the XML it is written in"""

from __future__ import annotations

import pytest

from gateway.config import xml
from gateway.config.elements.delivery import RouteUse
from gateway.config.errors import ConfigBroken
from gateway.delivery.controls import DaneLevel, TlsLevel
from gateway.delivery.mx import AddressPreference

WHOLE = """<config>
  <hostname>mx.example.com</hostname>
  <smtp_routes>
    <smtp_route><domain>example.com</domain><hosts>
      <host><hostname>relay.example.net</hostname><port>2525</port><priority>10</priority></host>
      <host><hostname>192.0.2.7</hostname></host>
    </hosts></smtp_route>
    <smtp_route><domain>.example.com</domain><use>/dev/null</use></smtp_route>
    <smtp_route><domain>bücher.example</domain><use>USEDNS</use></smtp_route>
  </smtp_routes>
  <bounce_profiles>
    <bounce_profile><profile_name>Patient</profile_name><max_queue_time>400000</max_queue_time>
      <send_delay_warnings>yes</send_delay_warnings></bounce_profile>
  </bounce_profiles>
  <destination_controls>
    <destination_control><domain>ALL</domain><tls>preferred</tls></destination_control>
    <destination_control><domain>gmail.com</domain><ip_sort_pref>require-v4</ip_sort_pref>
      <max_host_concurrency>20</max_host_concurrency><max_messages_per_connection>5</max_messages_per_connection>
      <recipient_limit>180</recipient_limit><recipient_minutes>1</recipient_minutes>
      <tls>required-verified</tls><dane>opportunistic</dane><mta_sts>yes</mta_sts>
      <certificate>own</certificate><bounce_profile>Patient</bounce_profile></destination_control>
  </destination_controls>
  <ip_interfaces>
    <ip_interface><interface_name>Out1</interface_name><ipv4>192.0.2.101</ipv4>
      <hostname>out1.example.com</hostname></ip_interface>
  </ip_interfaces>
  <source_rules><source_rule><match>@example.com</match><interface_name>Out1</interface_name></source_rule></source_rules>
  <certificates><certificate><certificate_name>own</certificate_name><certificate>/own.pem</certificate>
    <private_key>/own.key</private_key></certificate></certificates>
  <dns>
    <servers><server><ip>127.0.0.1</ip><trusted>yes</trusted></server></servers>
    <zones><zone><domain>.corp.example</domain><servers><server><ip>10.0.0.53</ip></server></servers></zone></zones>
  </dns>
</config>
"""


def test_everything_can_be_said_and_written_back() -> None:
    config = xml.loads(WHOLE.encode())
    assert [route.use for route in config.smtp_routes] == [RouteUse.HOSTS, RouteUse.DISCARD, RouteUse.USEDNS]
    control = config.destination_controls[1]
    assert (control.tls, control.dane) == (TlsLevel.REQUIRED_VERIFIED, DaneLevel.OPPORTUNISTIC)
    assert (control.ip_sort_pref, control.mta_sts) == (AddressPreference.REQUIRE_V4, True)
    assert config.destination_controls[0].max_host_concurrency is None
    assert xml.loads(xml.dumps(config)) == config


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("<use>USEDNS</use>", "", "hosts are needed for use 'hosts'"),
        ("<certificate>own</certificate>", "<certificate>gone</certificate>", "no certificate gone"),
        (">Patient</bounce_profile>", ">gone</bounce_profile>", "no bounce profile gone"),
        (
            "<interface_name>Out1</interface_name></source_rule>",
            "<interface_name>Out2</interface_name></source_rule>",
            "no ip_interface Out2",
        ),
        ("<domain>gmail.com</domain>", "<domain>ALL</domain>", "ALL is there twice"),
        ("<tls>preferred</tls>", "<tls>maybe</tls>", "'none', 'preferred', 'required'"),
        ("<ipv4>192.0.2.101</ipv4>", "<ipv4>2001:db8::1</ipv4>", "is not an IPv4 address"),
        ("<priority>10</priority>", "<priority>70000</priority>", "less than or equal to 65535"),
    ],
)
def test_mistakes(old: str, new: str, text: str) -> None:
    assert old in WHOLE
    with pytest.raises(ConfigBroken, match=text):
        xml.loads(WHOLE.replace(old, new).encode())
