"""What the mail service, programs and the file system of the test machine answer: recorded from an appliance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.console.programs import Done

COLUMNS = {"reset": 1204, "uptime": 1204, "lifetime": 88210}
HOSTS: dict[str, Any] = {
    "mx.example.net:25": {
        "active_recipients": 3,
        "connections_out": 1,
        "delivered": 812,
        "soft_bounced": 4,
        "hard_bounced": 1,
        "last_error": "451 4.3.2 try again later",
        "status": "up",
        "domains": {"example.net": 3},
    },
    "10.0.0.5:25": {
        "active_recipients": 0,
        "connections_out": 0,
        "delivered": 391,
        "soft_bounced": 0,
        "hard_bounced": 0,
        "last_error": "",
        "status": "up",
        "domains": {},
    },
}
MESSAGE = {
    "mid": 4711,
    "sender": "bob@example.org",
    "received": 1_749_999_400.0,
    "size": 2310,
    "listener": "InboundMail",
    "subject": "Minutes",
    "recipients": ["carol@example.net"],
    "attempts": 2,
    "due": 1_750_000_200.0,
    "response": "451 4.3.2 try again later",
}
WHOLE = {
    **MESSAGE,
    "traits": [],
    "busy": False,
    "recipients": [
        {
            "rid": 0,
            "address": "carol@example.net",
            "stage": "ready",
            "due": 1_750_000_200.0,
            "attempts": 2,
            "response": "451 4.3.2 try again later",
            "route": "",
        }
    ],
    "head": "Received: from mail.example.org ([198.51.100.7])\nSubject: Minutes\n\nHello Carol,\n",
}
SUSPENDED = {"suspended_listeners": ["InboundMail"], "delivery_suspended": False, "work_paused": False}
RUNNING = {"suspended_listeners": [], "delivery_suspended": False, "work_paused": False}
STATUS = {
    "hostname": "mail.example.com",
    "uptime": 93_784.0,
    "workers": 2,
    "messages": 3,
    "octets": 7120,
    "work_queue": 0,
    "connections_in": 0,
    "connections_out": 0,
    "memory": 0,
    "full": "",
    **RUNNING,
    "reset_at": 0,
    "counters": {"connections": COLUMNS, "recipients": COLUMNS, "delivered": COLUMNS},
    "rates": {"recipients": {"1m": 60.0, "5m": 48.0, "15m": 52.0}},
}
ANSWERS: dict[str, Any] = {
    "status": STATUS,
    "hosts": HOSTS,
    "reset_counters": "reset",
    "reload": {"listeners": ["InboundMail"]},
    "listeners.suspend": SUSPENDED,
    "listeners.resume": RUNNING,
    "delivery.suspend": {**RUNNING, "delivery_suspended": True},
    "delivery.resume": RUNNING,
    "workqueue.status": {"messages": 0, "paused": False},
    "workqueue.pause": {"messages": 0, "paused": True},
    "workqueue.resume": {"messages": 0, "paused": False},
    "queue.show": {"count": 1, "messages": [MESSAGE]},
    "queue.message": WHOLE,
    "queue.delete": {"done": 1, "busy": 0},
    "queue.bounce": {"done": 1, "busy": 0},
    "queue.redirect": {"done": 1, "busy": 0},
    "queue.archive": {"done": 1, "busy": 0},
    "queue.deliver_now": {"done": 1, "busy": 0},
}

PING = """PING mx.example.net (192.0.2.25) 56(84) bytes of data.
64 bytes from 192.0.2.25: icmp_seq=1 ttl=57 time=9.10 ms
64 bytes from 192.0.2.25: icmp_seq=2 ttl=57 time=8.97 ms

--- mx.example.net ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time 1002ms
rtt min/avg/max/mdev = 8.971/9.035/9.100/0.064 ms
"""
TRACEROUTE = """traceroute to mx.example.net (192.0.2.25), 30 hops max, 60 byte packets
 1  192.0.2.1 (192.0.2.1)  0.412 ms  0.399 ms  0.391 ms
 2  mx.example.net (192.0.2.25)  9.020 ms  9.011 ms  8.998 ms
"""
SS = """Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port
tcp   LISTEN 0      128          0.0.0.0:22         0.0.0.0:*
tcp   LISTEN 0      4096         0.0.0.0:25         0.0.0.0:*
"""
SERVICES = """Id=mailward.service
LoadState=loaded
ActiveState=active
SubState=running
NRestarts=0

Id=ssh.service
LoadState=loaded
ActiveState=active
SubState=running
NRestarts=0
"""
SESSIONS = """SESSION UID USER  SEAT TTY
      4 1000 alice -    pts/0

1 sessions listed.
"""
JOURNAL = """2025-06-15T14:31:08+00:00 mail mailward-console[911]: alice (administrator): logged in
2025-06-15T14:31:20+00:00 mail mailward-console[911]: alice (administrator): commit
2025-06-15T12:02:51+00:00 mail mailward-console[733]: alice (administrator): logged out
"""
PROGRAMS: dict[str, Done] = {
    "ping": Done(0, PING),
    "traceroute": Done(0, TRACEROUTE),
    "ss": Done(0, SS),
    "loginctl": Done(0, SESSIONS),
    "journalctl": Done(0, JOURNAL),
    "systemctl show": Done(0, SERVICES),
    "systemctl is-active": Done(3, "inactive\n"),
}

MAIL_LOG = """Sun Jun 15 15:05:01 2025 Info: New SMTP ICID 5 interface Management (192.0.2.10) address 198.51.100.7 \
reverse dns host mail.example.org verified yes
Sun Jun 15 15:05:01 2025 Info: Start MID 4711 ICID 5
Sun Jun 15 15:05:01 2025 Info: MID 4711 ICID 5 From: <bob@example.org>
Sun Jun 15 15:05:02 2025 Info: New SMTP ICID 6 interface Management (192.0.2.10) address 203.0.113.9 \
reverse dns host unknown verified no
Sun Jun 15 15:05:02 2025 Info: ICID 5 close
Sun Jun 15 15:05:09 2025 Info: New SMTP ICID 7 interface Management (192.0.2.10) address 198.51.100.7 \
reverse dns host mail.example.org verified yes
"""


def furnish(root: Path) -> None:
    """Lay down the files of a C100V."""
    for place, text in {
        "usr/lib/os-release": "IMAGE_ID=mailward\nIMAGE_VERSION=14.2.3-031\n",
        "etc/os-release": "IMAGE_ID=mailward\nIMAGE_VERSION=14.2.3-031\n",
        "sys/class/dmi/id/product_serial": "421C73AF2D9E\n",
        "var/configuration/model": "C100V\n",
        "proc/uptime": "93784.21 180000.00\n",
        "proc/meminfo": "MemTotal:        6291456 kB\n",
        "var/log/mailward/mail_logs/mail.current": MAIL_LOG,
        "sys/class/net/eth0/address": "52:54:00:12:34:56\n",
    }.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
