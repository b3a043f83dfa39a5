from prometheus_client.parser import text_string_to_metric_families

from hwmgmt.health.assess import assess
from hwmgmt.health.metrics import render
from hwmgmt.reading import Reason, missing
from tests.hwmgmt.health.readings import sources


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_states_are_numbers_of_the_mib() -> None:
    found = samples(render(assess(sources())))
    assert found["mailward_health_verdict", ("ok",)] == 1
    assert found["mailward_power_supply_status", ("PSU2",)] == 2
    assert found["mailward_power_supply_redundancy", ()] == 1
    assert found["mailward_temperature_celsius", ("INLET_TEMP", "ipmi")] == 24
    assert found["mailward_fan_rpm", ("FAN1_SPEED", "ipmi")] == 5400
    assert found["mailward_raid_drive_status", ("md0:sdb3",)] == 1
    assert found["mailward_disk_smart_passed", ("/dev/sda",)] == 1
    assert found["mailward_memory_availability_status", ()] == 1
    assert found["mailward_load_average", ("15m",)] == 0.3
    assert found["mailward_ipmi_event_log_entries", ()] == 4


def test_a_silent_bmc_is_a_source_that_is_down_and_no_false_value() -> None:
    silent = missing(Reason.TIMEOUT, "no answer")  # type: ignore[var-annotated]
    found = samples(render(assess(sources(sensors=silent, event_log=silent))))
    assert found["mailward_health_source_up", ("timeout", "power_supplies")] == 0
    assert found["mailward_health_source_up", ("ok", "raid")] == 1
    assert found["mailward_health_verdict", ("warning",)] == 1
    assert not [name for name, _ in found if name == "mailward_power_supply_status"]
    assert not [name for name, _ in found if name == "mailward_ipmi_event_log_entries"]
