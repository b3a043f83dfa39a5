"""Readings of sensors (IPMI 2.0, 35.14): one `Reading` each, so that one bad sensor costs one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hwmgmt.ipmi import vocabulary
from hwmgmt.ipmi.bmc import Bmc, Netfn, NoAnswer, cut
from hwmgmt.ipmi.sdr import factors
from hwmgmt.ipmi.sdr.records import THRESHOLDS, SensorRecord
from hwmgmt.ipmi.vocabulary import Severity, State, worst
from hwmgmt.reading import Reading, Reason, known, missing

# Slave address of the BMC itself (IPMI 2.0, 5.4); other owners sit behind a bridge.
BMC_ADDRESS = 0x20


@dataclass(frozen=True, slots=True)
class SensorState:
    """What a sensor says: `value` in `unit` if analog, the states asserted, and the worst of them."""

    value: float | None
    unit: str
    states: tuple[State, ...]
    severity: Severity


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor and its present reading. `kind` and `entity` in the words of the specification."""

    name: str
    number: int
    kind: str
    kind_code: int
    entity: str
    instance: int
    reading: Reading[SensorState]

    @property
    def severity(self) -> Severity:
        return self.reading.value.severity if self.reading.value else Severity.OK


# Bit of the third byte of a threshold sensor's answer -> how bad that comparison is.
_THRESHOLD_SEVERITY = (
    Severity.WARNING,
    Severity.CRITICAL,
    Severity.FAILED,
    Severity.WARNING,
    Severity.CRITICAL,
    Severity.FAILED,
)


def read(bmc: Bmc, records: Iterable[SensorRecord]) -> Iterator[Sensor]:
    """Every sensor in the order of the records, as they are read. Raises nothing: each has its reason."""
    for record in records:
        yield Sensor(
            name=record.name or f"sensor {record.number}",
            number=record.number,
            kind=vocabulary.sensor_type_name(record.sensor_type),
            kind_code=record.sensor_type,
            entity=vocabulary.entity_name(record.entity),
            instance=record.instance,
            reading=_reading(bmc, record),
        )


def _reading(bmc: Bmc, record: SensorRecord) -> Reading[SensorState]:
    if not record.readable:
        return missing(Reason.UNSUPPORTED, "announces events only")
    if record.owner != BMC_ADDRESS:
        return missing(Reason.UNSUPPORTED, f"belongs to the satellite controller {record.owner:#04x}")
    try:
        answer = bmc.ask(Netfn.SENSOR, 0x2D, bytes([record.number]), lun=record.lun)
        if record.factors and not record.factors.static and len(answer) > 0:
            record = _with_factors(bmc, record, answer[0])
        return decode(record, answer)
    except NoAnswer as error:
        return missing(error.reason, error.detail)


def _with_factors(bmc: Bmc, record: SensorRecord, raw: int) -> SensorRecord:
    """Non-linear sensors have factors per raw value (Get Sensor Reading Factors, 35.5)."""
    assert record.factors
    six = cut(bmc.ask(Netfn.SENSOR, 0x23, bytes([record.number, raw]), lun=record.lun), 7, "factors")[1:]
    local = factors.decode(record.factors.number_format, 0, six)
    return replace(record, factors=local)


def decode(record: SensorRecord, answer: bytes) -> Reading[SensorState]:
    """An answer to Get Sensor Reading. Flags: bit 6 scanning is on, bit 5 no reading at present."""
    if len(answer) < 2:
        return missing(Reason.MALFORMED, f"{len(answer)} bytes are no sensor reading")
    if answer[1] & 0x20:
        return missing(Reason.ABSENT, "the BMC has no reading at present")
    if not answer[1] & 0x40:
        return missing(Reason.ABSENT, "the BMC does not scan this sensor")
    if record.threshold_based:
        return _analog(record, answer)
    states = _discrete(record, answer)
    return known(SensorState(None, "", states, worst([state.severity for state in states])))


def _analog(record: SensorRecord, answer: bytes) -> Reading[SensorState]:
    comparison = answer[2] if len(answer) > 2 else 0
    states = tuple(
        State(bit, f"{THRESHOLDS[bit]} threshold", _THRESHOLD_SEVERITY[bit])
        for bit in range(6)
        if comparison >> bit & 1
    )
    severity = worst([state.severity for state in states])
    if record.factors is None:
        return known(SensorState(None, record.unit, states, severity))
    try:
        value = record.factors.value(answer[0])
    except ValueError as error:
        return missing(Reason.MALFORMED, str(error), unit=record.unit)
    return known(SensorState(value, record.unit, states, severity))


def _discrete(record: SensorRecord, answer: bytes) -> tuple[State, ...]:
    low = answer[2] if len(answer) > 2 else 0
    states = [offset for offset in range(8) if low >> offset & 1]
    # The fourth byte is optional, and behind a shorter answer pyghmi may leave bytes of an earlier one:
    # only states the specification knows are taken from it.
    high = answer[3] & 0x7F if len(answer) > 3 else 0
    states += [
        offset + 8
        for offset in range(7)
        if high >> offset & 1 and vocabulary.knows(record.reading_type, record.sensor_type, offset + 8)
    ]
    return tuple(vocabulary.state(record.reading_type, record.sensor_type, offset) for offset in states)


def thresholds(bmc: Bmc, record: SensorRecord) -> Reading[dict[str, float]]:
    """The limits in force (Get Sensor Thresholds, 35.9), in the sensor's unit; the readable ones."""
    if not record.threshold_based or record.factors is None or not record.factors.static:
        return missing(Reason.UNSUPPORTED, "the sensor has no thresholds")
    try:
        raw = cut(bmc.ask(Netfn.SENSOR, 0x27, bytes([record.number]), lun=record.lun), 7, "thresholds")
        readable = [bit for bit in range(6) if raw[0] >> bit & 1]
        return known({THRESHOLDS[bit]: record.factors.value(raw[bit + 1]) for bit in readable}, record.unit)
    except NoAnswer as error:
        return missing(error.reason, error.detail)
    except ValueError as error:
        return missing(Reason.MALFORMED, str(error))
