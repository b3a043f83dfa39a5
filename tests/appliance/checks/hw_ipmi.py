#!/usr/bin/python3
"""Run inside the guest: the IPMI and health layer on a real /dev/ipmi0 (QEMU's ipmi-bmc-sim behind KCS).

Prints one JSON line per check, {"check": …, "ok": …, "detail": …}, and ends with 0 if all are ok.
QEMU needs: -device ipmi-bmc-sim,id=bmc0,mfg_id=5771,product_id=1,fwrev1=4,fwrev2=1
            -device isa-ipmi-kcs,bmc=bmc0,irq=5
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hwmgmt.ipmi import boot, chassis, device, sel, sensors, users, watchdog
from hwmgmt.ipmi.bmc import NoAnswer, reading
from hwmgmt.ipmi.sdr import repository
from hwmgmt.ipmi.session import Session
from hwmgmt.ipmi.target import InBand
from hwmgmt.reading import Reason

DEVICE = Path("/dev/ipmi0")
CISCO = 5771
# A "power unit: power off/down" event, as a controller would log it.
EVENT = bytes([0, 0, 2, 0, 0, 0, 0, 0x20, 0, 4, 9, 1, 0x6F, 0, 0xFF, 0xFF])
DEVICE_S = 20.0
COMMAND_S = 90.0


def mailward(*words: str) -> tuple[int, str]:
    """Exit status and output of `mailward hw …`, as an administrator runs it."""
    done = subprocess.run(["mailward", "hw", *words], capture_output=True, text=True, timeout=COMMAND_S)
    return done.returncode, done.stdout or done.stderr


def expect(condition: bool, detail: object) -> str:
    """The detail if the condition holds. Raises AssertionError with it if not."""
    if not condition:
        raise AssertionError(str(detail))
    return str(detail)


def device_node(session: Session) -> str:
    ends = time.monotonic() + DEVICE_S
    while not DEVICE.exists() and time.monotonic() < ends:
        time.sleep(0.5)
    return expect(DEVICE.is_char_device(), DEVICE)


def device_id(session: Session) -> str:
    found = device.read(session)
    return expect(found.manufacturer == CISCO, found)


def power_is_on(session: Session) -> str:
    return expect(chassis.status(session).power_on, "power is on")


def event_log(session: Session) -> str:
    sel.clear(session)
    for _ in range(3):
        sel.add(session, EVENT)
    found = list(sel.entries(session))
    expect([entry.reason for entry in found] == [Reason.OK] * 3, found)
    expect(sel.info(session).entries == 3, sel.info(session))
    text = found[0].need().text
    sel.clear(session)
    expect(sel.info(session).entries == 0, sel.info(session))
    return f"3 added, read ({text}) and cleared"


def sensor_records(session: Session) -> str:
    records = repository.read(session)
    expect(not records.bad, records.bad)
    names = [sensor.name for sensor in sensors.read(session, records.sensors)]
    return expect(any("atchdog" in name for name in names), names)


def watchdog_timer(session: Session) -> str:
    # Only where the kernel does not drive the same timer; action none: nothing may reset the test.
    if watchdog.kernel_watchdog().ok:
        return f"left alone: {watchdog.kernel_watchdog().need()}"
    watchdog.write(session, watchdog.TimeoutAction.NONE, 300)
    found = watchdog.read(session)
    expect((found.use, found.timeout_s) == (watchdog.TimerUse.OS, 300), found)
    watchdog.stop(session)
    return f"set to {found.timeout_s:g} s, read back, stopped"


def lacking_parts_are_unsupported(session: Session) -> str:
    asked = {
        "users": reading(lambda: users.users(session, 1)).reason,
        "boot device (set)": reading(lambda: boot.write(session, boot.NO_OVERRIDE)).reason,
    }
    expect(set(asked.values()) == {Reason.UNSUPPORTED}, asked)
    # Q1: QEMU answers Get Boot Options with the restart cause; pyghmi's own call ends in an AssertionError.
    asked["boot device (get)"] = reading(lambda: boot.read(session)).reason
    return expect(asked["boot device (get)"] in (Reason.MALFORMED, Reason.UNSUPPORTED), asked)


def identify(session: Session) -> str:
    # P2: pyghmi's set_identify raises AttributeError in-band; here a reason is the worst.
    try:
        chassis.identify(session, 1)
    except NoAnswer as error:
        return expect(error.reason is Reason.UNSUPPORTED, error.reason)
    return "accepted"


def health_text(session: Session) -> str:
    status, output = mailward("health")
    return expect(status in (0, 1) and output.startswith("Health:"), output.splitlines()[:3])


def health_json(session: Session) -> str:
    _, output = mailward("health", "--json")
    report = json.loads(output)
    sections = {name: report[name]["reason"] for name in ("power_supplies", "memory", "load", "event_log")}
    expect(sections["memory"] == "ok" and sections["event_log"] == "ok", sections)
    expect(report["took_s"] < 10, report["took_s"])
    return f"{report['verdict']} in {report['took_s']:.2f} s: {sections}"


def commands(session: Session) -> str:
    outcomes = {}
    for words in (["sensors"], ["sel"], ["fru"], ["power"], ["watchdog"], ["bmc", "info"], ["inventory"]):
        status, output = mailward(*words, "--json")
        json.loads(output)
        outcomes[" ".join(words)] = status
    return expect(set(outcomes.values()) == {0}, outcomes)


CHECKS: tuple[Callable[[Session], str], ...] = (
    device_node,
    device_id,
    power_is_on,
    event_log,
    sensor_records,
    watchdog_timer,
    lacking_parts_are_unsupported,
    identify,
    health_text,
    health_json,
    commands,
)


def run(check: Callable[[Session], str]) -> dict[str, object]:
    """The line of a check. A session of its own: one that hangs costs itself only."""
    outcome: dict[str, object] = {"check": f"hw_ipmi.{check.__name__}", "ok": False}
    try:
        with Session(InBand(DEVICE), answer_s=10.0, budget_s=60.0) as session:
            return outcome | {"ok": True, "detail": check(session)}
    except (AssertionError, NoAnswer, ValueError, KeyError, OSError, subprocess.TimeoutExpired) as error:
        return outcome | {"detail": f"{type(error).__name__}: {error}"}


def main() -> int:
    outcomes = []
    for check in CHECKS:
        outcomes.append(run(check))
        print(json.dumps(outcomes[-1]), flush=True)
    return 0 if all(outcome["ok"] for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
