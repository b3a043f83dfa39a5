"""The report as Prometheus metrics (text exposition format 0.0.4).

States are gauges with the numbers of the ASYNCOS-MAIL-MIB. A value that could not be read has no sample; that
its source did not answer is `mailward_health_source_up` 0, with the reason as a label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hwmgmt.health.report import HealthReport
from hwmgmt.health.states import Verdict
from hwmgmt.reading import Reading

Row = tuple[tuple[str, ...], float | None]


def render(report: HealthReport) -> str:
    """The whole report as text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Report(report))
    return generate_latest(registry).decode()


class _Report(Collector):
    def __init__(self, report: HealthReport) -> None:
        self._report = report

    def collect(self) -> Iterable[Metric]:
        return families(self._report)


def _gauge(name: str, text: str, labels: tuple[str, ...], rows: Iterable[Row]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"mailward_{name}", text, labels=labels)
    for values, number in rows:
        if number is not None:
            family.add_metric(values, float(number))
    return family


def families(report: HealthReport) -> Iterator[Metric]:
    """One family per kind of value."""
    yield _gauge(
        "health_verdict",
        "1 for what the report comes to: ok, warning, failed.",
        ("verdict",),
        [((verdict.value,), float(verdict is report.verdict)) for verdict in Verdict],
    )
    yield _gauge("health_findings", "Findings by verdict.", ("verdict",), _counts(report))
    yield _gauge("health_duration_seconds", "Time the report took.", (), [((), report.took_s)])
    yield _gauge(
        "health_source_up",
        "1 if the section could be read; else 0, with the reason.",
        ("section", "reason"),
        [((name, reading.reason.value), float(reading.ok)) for name, reading in _sections(report)],
    )
    yield _gauge(
        "power_supply_status",
        "powerSupplyStatus: 1 not installed, 2 healthy, 3 no AC, 4 faulty.",
        ("name",),
        [
            ((supply.name,), supply.status.value.mib if supply.status.value else None)
            for supply in report.power_supplies.otherwise(())
        ],
    )
    redundancy = report.redundancy.value
    yield _gauge(
        "power_supply_redundancy",
        "powerSupplyRedundancy: 1 OK, 2 lost.",
        (),
        [((), redundancy.mib if redundancy else None)],
    )
    yield _gauge(
        "temperature_celsius",
        "Temperatures.",
        ("name", "source"),
        [((item.name, item.source), item.celsius.value) for item in report.temperatures.otherwise(())],
    )
    yield _gauge(
        "fan_rpm",
        "Fan speeds; 0 has failed.",
        ("name", "source"),
        [((fan.name, fan.source), fan.rpm.value) for fan in report.fans.otherwise(())],
    )
    yield _gauge(
        "raid_drive_status",
        "raidStatus: 1 healthy, 2 failure, 3 rebuild.",
        ("raid_id",),
        [
            ((drive.raid_id,), drive.status.value.mib if drive.status.value else None)
            for drive in report.raid.otherwise(())
        ],
    )
    yield from _disk_families(report)
    yield from _usage_families(report)


def _disk_families(report: HealthReport) -> Iterator[Metric]:
    disks = report.disks.otherwise(())
    passed: list[Row] = [
        ((disk.device,), None if disk.passed.value is None else float(disk.passed.value)) for disk in disks
    ]
    yield _gauge("disk_smart_passed", "1 if the disk calls itself well.", ("device",), passed)
    for name, text, rows in (
        ("disk_temperature_celsius", "Disk temperatures.", [(d.device, d.celsius.value) for d in disks]),
        ("disk_wear_percent", "Part of an SSD's life used up.", [(d.device, d.wear.value) for d in disks]),
        ("disk_bad_sectors", "Replaced or unreadable.", [(d.device, d.bad_sectors.value) for d in disks]),
    ):
        yield _gauge(name, text, ("device",), [((device,), value) for device, value in rows])


def _usage_families(report: HealthReport) -> Iterator[Metric]:
    if memory := report.memory.value:
        yield _gauge("memory_total_bytes", "Memory.", (), [((), memory.total)])
        yield _gauge("memory_available_bytes", "Memory that can be had.", (), [((), memory.available)])
        words = "memoryAvailabilityStatus: 1 available, 2 shortage, 3 full."
        yield _gauge("memory_availability_status", words, (), [((), memory.status.mib)])
    if load := report.load.value:
        averages = (("1m", load.one), ("5m", load.five), ("15m", load.fifteen))
        rows: list[Row] = [((window,), value) for window, value in averages]
        yield _gauge("load_average", "Load averages.", ("window",), rows)
    areas = report.areas.otherwise(())
    used: list[Row] = [((item.area.value,), item.used) for item in areas]
    limits: list[Row] = [((item.area.value,), item.limit) for item in areas]
    yield _gauge("area_used_bytes", "Use of a quota area.", ("area",), used)
    yield _gauge("area_limit_bytes", "Limit of a quota area.", ("area",), limits)
    alerts: list[Row] = [((item.area.value,), item.alert) for item in areas]
    yield _gauge("area_alert_percent", "Alert reached: 75, 85, 95; 0 for none.", ("area",), alerts)
    if queue := report.queue.value:
        words = "queueAvailabilityStatus: 1 available, 2 shortage, 3 full."
        yield _gauge("queue_availability_status", words, (), [((), queue.mib)])
    if log := report.event_log.value:
        yield _gauge("ipmi_event_log_entries", "Entries in the BMC's log.", (), [((), log.entries)])
        yield _gauge("ipmi_event_log_free_bytes", "Room in the BMC's log.", (), [((), log.free)])


def _counts(report: HealthReport) -> list[Row]:
    found = [finding.verdict for finding in report.findings]
    return [((verdict.value,), float(found.count(verdict))) for verdict in (Verdict.WARNING, Verdict.FAILED)]


def _sections(report: HealthReport) -> tuple[tuple[str, Reading[Any]], ...]:
    return (
        ("power_supplies", report.power_supplies),
        ("temperatures", report.temperatures),
        ("fans", report.fans),
        ("raid", report.raid),
        ("disks", report.disks),
        ("memory", report.memory),
        ("load", report.load),
        ("areas", report.areas),
        ("event_log", report.event_log),
    )
