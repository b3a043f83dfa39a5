"""Counters and gauges in Prometheus' text form (exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

COUNTERS = {
    "connections": "Connections clients opened",
    "messages": "Messages accepted",
    "recipients": "Recipients accepted",
    "octets": "Octets of messages accepted",
    "rejected": "Recipients rejected",
    "connections_rejected": "Connections rejected by the host access table",
    "connections_tcprefused": "Connections refused without a word by the host access table",
    "connections_over_limit": "Connections refused because their host had enough",
    "sessions_over_limit": "Sessions ended because they had brought enough messages",
    "senders_rejected": "Envelope senders that did not pass verification",
    "recipients_not_in_rat": "Recipients rejected by the recipient access table",
    "recipients_over_limit": "Recipients refused by limits per hour",
    "harvest_attempts": "Recipients refused as part of a directory harvest",
    "refused": "Messages refused after their content",
    "storage_refused": "Messages put off for lack of storage",
    "memory_refused": "Messages put off for lack of memory",
    "timeouts": "Connections ended because the client was too slow",
    "auth_failed": "Failed authentications",
    "auth_blocked": "Authentications refused because their host had too many wrong",
    "delivered": "Recipients delivered",
    "deferred": "Attempts put off",
    "bounced": "Recipients bounced",
    "deleted": "Recipients deleted by an administrator",
}
GAUGES = {
    "messages": ("queue_messages", "Messages in the queue"),
    "octets": ("queue_octets", "Octets of messages in the queue"),
    "work_queue": ("work_queue_messages", "Messages in the work queue"),
    "connections_in": ("connections_in", "Connections from clients, open now"),
    "connections_out": ("connections_out", "Connections to servers, open now"),
    "memory": ("memory_octets", "Octets of content on its way in"),
    "uptime": ("uptime_seconds", "Seconds since the service started"),
    "workers": ("workers", "Worker processes"),
}


class _Collector:
    def __init__(self, status: Mapping[str, Any]) -> None:
        self._status = status

    def collect(self) -> Iterable[Metric]:
        for name, (metric, text) in GAUGES.items():
            yield GaugeMetricFamily(f"mailward_{metric}", text, value=float(self._status.get(name) or 0))
        counts = self._status.get("counters", {})
        for name, text in COUNTERS.items():
            value = float(counts.get(name, {}).get("uptime", 0))
            yield CounterMetricFamily(f"mailward_{name}", text, value=value)
        full = GaugeMetricFamily("mailward_queue_full", "1 while new mail is put off for lack of storage")
        full.add_metric([], float(bool(self._status.get("full"))))
        yield full


def exposition(status: Mapping[str, Any]) -> str:
    """The metrics of a `status` answer."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(status))
    return generate_latest(registry).decode()
