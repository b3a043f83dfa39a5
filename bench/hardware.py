"""How long the hardware floor takes: health and inventory, a healthy and a dead BMC, next to ipmitool.

    python -m bench.hardware [--runs 5] [--json FILE]

All of it against the same simulated BMC (OpenIPMI's ipmi_sim over LAN on loopback) in the same run, each a
whole command as a user starts it: interpreter, login and all. ipmitool 1.8.19 first asks for cipher suites
the simulator does not list and waits ten seconds for that; it is told the suite (-C 3, and 17 for SHA-256)
so that this is not what is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.hwmgmt.ipmi.bmc_sim import PASSWORD, USER, BmcSim

ROOT = Path(__file__).resolve().parent.parent

LOG_ENTRIES = 1200
LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Row:
    """A measurement: seconds of wall clock (best and median of `runs`) and of processor time (median).

    `limit_s` is what was promised; the best run must keep it, which is the one that was disturbed least.
    """

    what: str
    who: str
    best_s: float
    median_s: float
    cpu_s: float
    runs: int
    limit_s: float | None = None

    @property
    def kept(self) -> str:
        if self.limit_s is None:
            return ""
        return "yes" if self.best_s <= self.limit_s else "NO"


Times = tuple[float, float]


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(words: Sequence[str], environment: dict[str, str], statuses: tuple[int, ...]) -> Times:
    """Seconds of wall clock and processor for one run; a run that fails ends the bench."""
    before = _processor_s()
    started = time.perf_counter()
    done = subprocess.run(
        words, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST_S
    )
    took = time.perf_counter() - started
    if done.returncode not in statuses:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return took, _processor_s() - before


def measure(what: str, who: str, run: Callable[[], Times], runs: int, limit_s: float | None = None) -> Row:
    times = [run() for _ in range(runs)]
    walls, processors = [wall for wall, _ in times], [processor for _, processor in times]
    row = Row(what, who, min(walls), statistics.median(walls), statistics.median(processors), runs, limit_s)
    print(f"  {row.what}: {row.who} {row.median_s:.2f} s", file=sys.stderr)
    return row


class Bench:
    """The commands against one simulated BMC."""

    def __init__(self, bmc: BmcSim) -> None:
        self._environment = {**os.environ, "MAILWARD_IPMI_PASSWORD": PASSWORD, "IPMI_PASSWORD": PASSWORD}
        self._place = ["--host", "127.0.0.1", "--port", str(bmc.port)]
        self._peer_place = [
            "-I",
            "lanplus",
            "-C",
            "3",
            "-H",
            "127.0.0.1",
            "-p",
            str(bmc.port),
            "-U",
            USER,
            "-E",
        ]

    def ours(self, *words: str, statuses: tuple[int, ...] = (0,)) -> Callable[[], Times]:
        command = [sys.executable, "-m", "mailward", "hw", *words, *self._place]
        return lambda: timed(command, self._environment, statuses)

    def local(self, *words: str) -> Callable[[], Times]:
        command = [sys.executable, "-m", "mailward", "hw", *words]
        return lambda: timed(command, self._environment, (0, 1))

    def peer(self, *words: str, statuses: tuple[int, ...] = (0,)) -> Callable[[], Times]:
        command = ["ipmitool", *self._peer_place, *words]
        return lambda: timed(command, self._environment, statuses)


def run(runs: int) -> list[Row]:
    rows: list[Row] = []
    has_peer = shutil.which("ipmitool") is not None
    with tempfile.TemporaryDirectory() as folder, BmcSim(Path(folder) / "bmc") as bmc:
        bench = Bench(bmc)
        rows.append(measure("health, healthy BMC", "mailward hw health", bench.ours("health"), runs, 1.0))
        rows.append(measure("health, no BMC", "mailward hw health", bench.local("health"), runs, 1.0))
        rows.append(measure("inventory", "mailward hw inventory", bench.ours("inventory"), runs, 2.0))
        rows.append(measure("sensors", "mailward hw sensors", bench.ours("sensors"), runs))
        rows.append(measure("parts", "mailward hw fru", bench.ours("fru"), runs))
        if has_peer:
            rows.append(measure("sensors", "ipmitool sdr", bench.peer("sdr"), runs))
            rows.append(measure("sensors with limits", "ipmitool sensor", bench.peer("sensor"), runs))
            rows.append(measure("parts", "ipmitool fru", bench.peer("fru"), runs))
        with_limits = bench.ours("sensors", "--thresholds")
        rows.append(measure("sensors with limits", "mailward hw sensors --thresholds", with_limits, runs))
        bmc.fill_log(LOG_ENTRIES)
        what = f"event log, {LOG_ENTRIES} entries"
        rows.append(measure(what, "mailward hw sel list", bench.ours("sel", "list"), runs))
        if has_peer:
            rows.append(measure(what, "ipmitool sel elist", bench.peer("sel", "elist"), runs))
        bmc.freeze()
        rows.append(measure("health, dead BMC", "mailward hw health", bench.ours("health"), 1, 10.0))
        if has_peer:
            rows.append(measure("sensors, dead BMC", "ipmitool sdr", bench.peer("sdr", statuses=(1,)), 1))
        rows.append(
            measure("sensors, dead BMC", "mailward hw sensors", bench.ours("sensors", statuses=(1,)), 1)
        )
    return sorted(rows, key=lambda row: row.what)


def table(rows: list[Row]) -> str:
    head = ("what", "who", "best s", "median s", "CPU s", "promised s", "kept")
    cells = [
        (
            row.what,
            row.who,
            f"{row.best_s:.2f}",
            f"{row.median_s:.2f}",
            f"{row.cpu_s:.2f}",
            "" if row.limit_s is None else f"{row.limit_s:g}",
            row.kept,
        )
        for row in rows
    ]
    widths = [max(len(line[i]) for line in [head, *cells]) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [head, *cells]
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each command (5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rows here")
    options = parser.parse_args()
    rows = run(options.runs)
    print(table(rows))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(
            json.dumps([{**asdict(row), "kept": row.kept} for row in rows], indent=2) + "\n"
        )
    sys.exit(1 if any(row.kept == "NO" for row in rows) else 0)


if __name__ == "__main__":
    main()
