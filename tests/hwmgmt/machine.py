"""A made-up machine: a tree of files as /proc and /sys have them."""

from __future__ import annotations

from pathlib import Path


class Machine:
    """Writes the files below `root` that the hardware floor reads."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, content: str | bytes) -> Machine:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def link(self, path: str, target: str) -> Machine:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)
        return self

    def dmi(self, **strings: str) -> Machine:
        for field, text in strings.items():
            self.put(f"sys/class/dmi/id/{field}", text + "\n")
        return self

    def cpus(self, sockets: int, cores: int, *, guest: bool = False) -> Machine:
        for number in range(sockets * cores):
            place = f"sys/devices/system/cpu/cpu{number}/topology"
            self.put(f"{place}/physical_package_id", f"{number // cores}\n")
            self.put(f"{place}/core_id", f"{number % cores}\n")
        self.put("sys/devices/system/cpu/cpufreq/boost", "0\n")
        flags = "fpu vme hypervisor lahf_lm" if guest else "fpu vme lahf_lm"
        return self.put("proc/cpuinfo", f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t:\n")

    def memory(self, kib: int) -> Machine:
        return self.put("proc/meminfo", f"MemTotal:       {kib} kB\nMemFree:         100 kB\n")

    def port(self, name: str, driver: str) -> Machine:
        return self.link(f"sys/class/net/{name}/device/driver", f"../../../bus/pci/drivers/{driver}")

    def disk(self, name: str, size: int, *, logical: int = 512, rotational: bool = True) -> Machine:
        """`size` in bytes; sysfs counts in 512 whatever the logical block is."""
        place = f"sys/block/{name}"
        self.put(f"{place}/size", f"{size // 512}\n").put(f"{place}/queue/logical_block_size", f"{logical}\n")
        self.put(f"{place}/queue/rotational", f"{int(rotational)}\n").put(f"{place}/removable", "0\n")
        return self.put(f"{place}/device/model", "UCS-HD600G10K12N\n").put(f"{place}/ro", "0\n")


def ucs_m5(root: Path) -> Machine:
    """A UCS C220 M5 as a C695 is recalled to be."""
    machine = Machine(root).dmi(sys_vendor="Cisco Systems Inc", product_name="UCSC-C220-M5SX")
    machine.dmi(board_name="UCSC-C220-M5SX", bios_vendor="Cisco Systems, Inc.")
    return machine.cpus(2, 12).memory(32 * 1024 * 1024 - 700_000).port("enp94s0f0", "ixgbe")
