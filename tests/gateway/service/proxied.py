"""The service with tables and DNS of its own, behind a proxy: clients come from wherever the test says."""

from __future__ import annotations

import re
import smtplib
import socket
from pathlib import Path

from tests.gateway.service.running import CONFIG, Service

TABLES = """
<hat>
$BLOCKED REJECT {{ reject_banner_text = "Your reputation precedes you" }}
$THROTTLED ACCEPT {{ max_rcpts_per_hour = 5  max_concurrency = 2  max_message_size = 20000  dhap_limit = 3 }}
$CHECKED ACCEPT {{ sender_verify = "on"  sender_exceptions = "on"  max_msgs_per_session = 2 }}
$WELCOME ACCEPT {{ smtp_banner_text = "at your service" }}
$NETWORK ACCEPT {{ max_rcpts_per_hour = 2  significant_bits = 24 }}
$RELAYED RELAY
RELAYLIST: 10.0.0. $RELAYED
BLOCKLIST: sbrs[-10.0:-3.0] dnslist[bl.example] $BLOCKED
SUSPECTLIST: sbrs[-3.0:-1.0] $THROTTLED
PARTNERS: .partner.example 2001:db8::/32 $WELCOME
203.0.113.66 TCPREFUSE
NEIGHBOURS: 198.51.100. $NETWORK
ALL $CHECKED
</hat>
<rat>
moved@example.com REJECT "550 5.1.6 She has moved on"
abuse@example.com ACCEPT BYPASS_RECEIVING_CONTROL
bücher.example ACCEPT
example.com ACCEPT
ALL REJECT
</rat>
<trusted_proxies><host>127.0.0.0/8</host></trusted_proxies>
"""
WORLD = """
<ip_reputation>
  <entry><addresses>192.0.2.1</addresses><score>-1.5</score></entry>
  <entry><addresses>192.0.2.2-8</addresses><score>-2</score></entry>
  <entry><addresses>192.0.2.9</addresses><score>-9.9</score></entry>
</ip_reputation>
<sender_verification_exceptions>
  <exception><sender>boss@nowhere.example</sender><behavior>allow</behavior></exception>
  <exception><sender>.spam.example</sender><behavior>reject</behavior></exception>
</sender_verification_exceptions>
<dns><servers><server><ip>127.0.0.1</ip><port>{port}</port></server></servers><verification_timeout>1</verification_timeout></dns>
"""
RECORDS = {
    ("good.example", "MX"): ["10 mx.good.example."],
    ("66.113.0.203.in-addr.arpa", "PTR"): ["refused.example."],
    ("5.113.0.203.in-addr.arpa", "PTR"): ["mx.partner.example."],
    ("mx.partner.example", "A"): ["203.0.113.5"],
    ("6.113.0.203.in-addr.arpa", "PTR"): ["forged.partner.example."],
    ("forged.partner.example", "A"): ["203.0.113.99"],
    ("7.113.0.203.bl.example", "A"): ["127.0.0.2"],
}


class AccessService(Service):
    """The service with tables, behind a proxy, with DNS of its own."""

    def __init__(self, folder: Path, relay: int, dns: int) -> None:
        self.dns = dns
        super().__init__(folder, relay)

    def configure(self, more: str = "", relay: int | None = None) -> None:
        tables = more or TABLES.format()
        text = CONFIG.format(port=self.port, relay=relay or self.relay, more=tables)
        text = re.sub(r"\s*<accepted_domains>.*</accepted_domains>", "", text)
        world = WORLD.format(port=self.dns)
        self.config.write_text(text.replace("</config>", world + "</config>"), encoding="utf-8")

    def connect(self, source: str) -> smtplib.SMTP:
        """A client that comes from `source`."""
        family = "TCP6" if ":" in source else "TCP4"
        target = "::1" if ":" in source else "127.0.0.1"
        header = f"PROXY {family} {source} {target} 40000 25\r\n".encode()

        class Proxied(smtplib.SMTP):
            def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
                sock = socket.create_connection((host, port), timeout)
                sock.sendall(header)
                return sock

        return Proxied("127.0.0.1", self.port, timeout=20)
