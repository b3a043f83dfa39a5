"""A real BMC over LAN on loopback: OpenIPMI's `ipmi_sim`, with faults injected while it runs.

    with BmcSim(folder) as bmc:
        bmc.set_value(FAN1, 0)          # fan 1 stands still
        Session(bmc.target) …

The machine it plays: two temperatures, two fans, two power supplies with a redundancy sensor, a watchdog,
and the FRUs of a chassis and two power supplies.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from hwmgmt.ipmi import sel
from hwmgmt.ipmi.session import Session
from hwmgmt.ipmi.target import Lan
from tests.hwmgmt.ipmi import sdr_bytes

USER, PASSWORD = "admin", "test"
WATCHDOG, INLET, CPU, FAN1, FAN2, PSU1, PSU2, REDUNDANCY = range(8)
# Offsets of power supply states (IPMI 2.0, table 42-3).
PRESENT, FAILURE, PREDICTED, AC_LOST = 0, 1, 2, 3
READY_S = 10.0

_LAN = """name "ucs"
set_working_mc 0x20
  chassis_control "{control}"
  startlan 1
    addr 127.0.0.1 {port}
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
user 2 true "admin" "test" admin 10 none md2 md5 straight
user 3 true "power" "cycle" operator 10 none md2 md5 straight
"""

# What the simulator calls for power and boot: `get power boot`, `set power 1`. One file per setting.
_CHASSIS_CONTROL = """#!/bin/sh
cd "$(dirname "$0")" || exit 1
echo "$@" >>chassis-calls
verb=$1; shift
while [ "$1" ]; do
    case $verb in
    get) echo "$1:$(cat "chassis-$1")" ;;
    set) echo "$2" >"chassis-$1"; shift ;;
    esac
    shift
done
"""

_ANALOG = "0x20 0 {number} {kind:#04x} 0x01"

# Without this the simulator says of each sensor that it is not scanned.
_SCAN = "sensor_set_event_support 0x20 0 {number} enable scanning none " + " ".join(["0" * 15] * 4)


def _hex(raw: bytes) -> str:
    return " ".join(f"{byte:#04x}" for byte in raw)


def _machine(extra_records: list[bytes]) -> str:
    lines = [
        "mc_setbmc 0x20",
        "mc_add 0x20 0 no-device-sdrs 0x23 4 1 0x9f 0x168b 0x1 persist_sdr",
        "sel_enable 0x20 1300 0x0a",
        "sensor_add 0x20 0 0 35 0x6f event-only",
    ]
    records = []
    for number, name, value in ((INLET, "INLET_TEMP", 24), (CPU, "P1_TEMP_SENS", 41)):
        lines.append("sensor_add " + _ANALOG.format(number=number, kind=0x01))
        lines.append(f"sensor_set_value 0x20 0 {number} {value} 0")
        lines.append(_SCAN.format(number=number))
        lines.append(f"sensor_set_threshold 0x20 0 {number} settable 111000 0x60 0x5a 0x50 0x00 0x00 0x00")
        records.append(sdr_bytes.full(number, name))
    for number, name in ((FAN1, "FAN1_SPEED"), (FAN2, "FAN2_SPEED")):
        lines.append("sensor_add " + _ANALOG.format(number=number, kind=0x04))
        lines.append(f"sensor_set_value 0x20 0 {number} 90 0")
        lines.append(_SCAN.format(number=number))
        lines.append(f"sensor_set_threshold 0x20 0 {number} settable 000010 0x00 0x00 0x00 0x00 0x05 0x00")
        records.append(
            sdr_bytes.full(
                number, name, sensor_type=0x04, unit=18, m=60, readable=0x02, thresholds=b"\0\0\0\0\x05\0"
            )
        )
    for number, name in ((PSU1, "PSU1_STATUS"), (PSU2, "PSU2_STATUS")):
        lines.append(f"sensor_add 0x20 0 {number} 0x08 0x6f")
        lines.append(f"sensor_set_bit 0x20 0 {number} {PRESENT} 1 0")
        lines.append(_SCAN.format(number=number))
        records.append(sdr_bytes.compact(number, name))
    records += [sdr_bytes.fru_locator(0x30, 1, "PSU1"), sdr_bytes.fru_locator(0x31, 2, "PSU2")]
    lines += [f"main_sdr_add 0x20 {_hex(record)}" for record in records + extra_records]
    board = ("Cisco Systems Inc", "UCSC-C220-M5SX", "WZP00000000", "74-105723-02")
    product = ("Cisco Systems Inc", "UCSC-C220-M5SX", "UCSC-C220-M5SX", "A0", "WZP00000000")
    lines.append(
        "mc_add_fru_data 0x20 0 1024 data " + _hex(sdr_bytes.fru(("68-1234-01", "WZP0"), board, product))
    )
    for device in (1, 2):
        supply = ("Delta", "PSU 770 W", "341-0591-03", "A0", f"LIT0000000{device}")
        lines.append(f"mc_add_fru_data 0x20 {device} 512 data " + _hex(sdr_bytes.fru((), (), supply)))
    lines.append("mc_enable 0x20")
    return "\n".join(lines) + "\n"


def free_port() -> int:
    """A UDP port nobody has at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


class BmcSim:
    """The simulator, its LAN target, and its standard input for faults."""

    def __init__(self, folder: Path, *, records: list[bytes] | None = None) -> None:
        self._folder = folder
        self._records = records or []
        self.port = free_port()
        self.target = Lan("127.0.0.1", USER, PASSWORD, self.port)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        program = shutil.which("ipmi_sim")
        assert program, "ipmi_sim is missing: install the package openipmi"
        state = self._folder / "state"
        state.mkdir(parents=True)
        control = self._folder / "chassis-control"
        control.write_text(_CHASSIS_CONTROL)
        control.chmod(0o755)
        (self._folder / "chassis-power").write_text("1\n")
        (self._folder / "chassis-boot").write_text("none\n")
        (self._folder / "lan.conf").write_text(_LAN.format(port=self.port, control=control))
        (self._folder / "ucs.emu").write_text(_machine(self._records))
        files = [str(self._folder / "lan.conf"), "-f", str(self._folder / "ucs.emu")]
        # Its standard input stays open: at its end the simulator quits.
        self._process = subprocess.Popen(
            [program, "-c", *files, "-s", str(state)],
            stdin=subprocess.PIPE,
            stdout=(self._folder / "log").open("wb"),
            stderr=subprocess.STDOUT,
        )
        self._await_listening()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(timeout=5)
            assert self._process.stdin
            self._process.stdin.close()

    def _await_listening(self) -> None:
        ends = time.monotonic() + READY_S
        wanted = f"{self.port:04X}"
        while time.monotonic() < ends:
            if any(line.split()[1].endswith(":" + wanted) for line in _udp_sockets()):
                return
            time.sleep(0.02)
        raise AssertionError(f"ipmi_sim does not listen: {(self._folder / 'log').read_text()}")

    def tell(self, *commands: str) -> None:
        """Type commands at the simulator's prompt. They are carried out in order, soon."""
        assert self._process and self._process.stdin
        self._process.stdin.write("".join(f"{command}\n" for command in commands).encode())
        self._process.stdin.flush()

    def set_value(self, sensor: int, raw: int) -> None:
        """An analog sensor shows the raw value from now on (thresholds are compared)."""
        self.tell(f"sensor_set_value 0x20 0 {sensor} {raw} 0")
        time.sleep(0.1)

    def set_bit(self, sensor: int, offset: int, on: bool = True) -> None:
        """A discrete sensor has the state asserted, or not, from now on."""
        self.tell(f"sensor_set_bit 0x20 0 {sensor} {offset} {int(on)} 0")
        time.sleep(0.1)

    def fill_log(self, count: int) -> None:
        """Append so many "upper critical" entries of the CPU's temperature."""
        with Session(self.target) as session:
            for _ in range(count):
                sel.add(session, sdr_bytes.event(CPU))

    def chassis(self, setting: str) -> str:
        """What the simulated chassis was last told: power, reset, boot, identify."""
        return (self._folder / f"chassis-{setting}").read_text().strip()

    def freeze(self) -> None:
        """The BMC stops answering; its socket stays open."""
        assert self._process
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        os.kill(self._process.pid, signal.SIGCONT)


def _udp_sockets() -> list[str]:
    return Path("/proc/net/udp").read_text().splitlines()[1:]
