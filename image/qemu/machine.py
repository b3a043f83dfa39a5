"""A virtual machine that boots an image: its words for QEMU (pure) and its process.

The image file is never written: the machine works on an overlay in its own folder, enlarged to `disk_bytes`.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from image.command import CommandMissing
from image.qemu import tpm
from image.qemu.accel import Accel
from image.qemu.console import Console
from image.qemu.disk import Bus
from image.qemu.disk import words as disk_words
from image.qemu.tpm import Tpm
from mailward.errors import Failed

# Debian's `ovmf` package; the 4M build is the one that Debian 12 and 13 share.
FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
# No keys are in it: the firmware starts in setup mode.
VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
# The build that knows Secure Boot keeps its variables where only it can write them, in system management mode.
SECURE_FIRMWARE = Path("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd")

GIB = 1 << 30


class QemuFailed(Failed):
    key = "image.qemu"
    sentence = "QEMU ended before the guest was up: {reason}"
    remedy = "Its words are in {log}"


@dataclass(frozen=True)
class Spec:
    """What machine to make. `forwards`: host port on 127.0.0.1 -> guest port. `extra`: further words for QEMU.

    bus: controller of the disk. kernel: kernel image to start instead of a boot loader from the disk.
    secure_boot: firmware that can check signatures; in setup mode until keys are enrolled. tpm: folder of the
    machine's TPM 2.0; without one it has none.
    """

    image: Path
    accel: Accel
    disk_bytes: int = 12 * GIB
    memory_mib: int = 2048
    cpus: int = 2
    credentials: Mapping[str, str] = field(default_factory=dict)
    forwards: Mapping[int, int] = field(default_factory=dict)
    extra: Sequence[str] = ()
    bus: Bus = Bus.VIRTIO_BLK
    kernel: Path | None = None
    secure_boot: bool = False
    tpm: Path | None = None


def argv(spec: Spec, folder: Path) -> list[str]:
    """The words for QEMU. `folder` holds the overlay, the firmware's variables and the console's socket."""
    forwards = "".join(f",hostfwd=tcp:127.0.0.1:{port}-:{guest}" for port, guest in spec.forwards.items())
    smm = "on" if spec.secure_boot else "auto"
    words = ["qemu-system-x86_64", "-machine", f"q35,smm={smm}", *spec.accel.words()]
    if spec.secure_boot:
        words += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
    if spec.tpm:
        words += tpm.words(Tpm(spec.tpm).control)
    words += [
        "-smp",
        str(spec.cpus),
        "-m",
        str(spec.memory_mib),
        "-nodefaults",
        "-display",
        "none",
        "-no-user-config",
    ]
    firmware = SECURE_FIRMWARE if spec.secure_boot else FIRMWARE
    words += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={firmware}"]
    words += ["-drive", f"if=pflash,format=raw,unit=1,file={folder / 'variables.fd'}"]
    words += disk_words(spec.bus, folder / "disk.qcow2", first=spec.kernel is None)
    if spec.kernel:
        words += ["-kernel", os.fspath(spec.kernel)]
    words += ["-netdev", f"user,id=net0{forwards}", "-device", "virtio-net-pci,netdev=net0"]
    words += ["-device", "virtio-rng-pci"]
    words += ["-chardev", f"socket,id=serial0,path={folder / 'serial.sock'},server=on,wait=on"]
    words += ["-serial", "chardev:serial0"]
    for name, content in spec.credentials.items():
        encoded = base64.b64encode(content.encode()).decode()
        words += ["-smbios", f"type=11,value=io.systemd.credential.binary:{name}={encoded}"]
    return [*words, *spec.extra]


class Machine:
    """A running guest. Use as a context manager: leaving it ends the process and keeps the folder's logs.

    The disk and the firmware's variables stay in `folder`, so that a second machine on the same folder is the
    same appliance switched on again; `fresh` throws the old disk away.
    """

    def __init__(self, spec: Spec, folder: Path, *, fresh: bool = True) -> None:
        self.spec = spec
        self.folder = folder
        self.log = folder / "console.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._tpm = Tpm(spec.tpm) if spec.tpm else None
        folder.mkdir(parents=True, exist_ok=True)
        if fresh or not self.disk.exists():
            self._make_disk()
        if fresh:
            self.log.unlink(missing_ok=True)

    @property
    def disk(self) -> Path:
        return self.folder / "disk.qcow2"

    def _make_disk(self) -> None:
        for needed, package in ((VARIABLES, "ovmf"),):
            if not needed.exists():
                raise CommandMissing(program=str(needed), package=package)
        shutil.copyfile(VARIABLES, self.folder / "variables.fd")
        size = max(self.spec.disk_bytes, self.spec.image.stat().st_size)
        subprocess.run(
            [
                "qemu-img",
                "create",
                "-q",
                "-f",
                "qcow2",
                "-F",
                "raw",
                "-b",
                os.fspath(self.spec.image.resolve()),
            ]
            + [os.fspath(self.disk), str(size)],
            check=True,
        )

    def start(self) -> Console:
        """Switch on, and answer the serial console. Raises `QemuFailed`, or `CommandMissing`."""
        address = self.folder / "serial.sock"
        address.unlink(missing_ok=True)
        words = self.folder / "qemu.log"
        if self._tpm:
            self._tpm.start()
        with words.open("ab") as output:
            try:
                self._process = subprocess.Popen(
                    argv(self.spec, self.folder), stdin=subprocess.DEVNULL, stdout=output, stderr=output
                )
            except FileNotFoundError as error:
                raise CommandMissing(program="qemu-system-x86_64", package="qemu-system-x86") from error
        return Console(self._connect(address, words), self.log)

    def _connect(self, address: Path, words: Path) -> socket.socket:
        # QEMU makes the socket within milliseconds, and does not start the guest before we are there.
        assert self._process
        line = socket.socket(socket.AF_UNIX)
        while True:
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                line.connect(os.fspath(address))
                return line
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._process.wait(timeout=0.05)
                text = words.read_text(errors="replace").strip().splitlines()
                raise QemuFailed(reason=text[-1] if text else f"status {status}", log=words)

    def wait(self, seconds: float) -> None:
        """Until the guest has switched itself off. Raises `subprocess.TimeoutExpired`."""
        if self._process:
            self._process.wait(timeout=seconds)
            self._process = None

    def kill(self) -> None:
        """What a power cut does."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._tpm:
            self._tpm.stop()

    def __enter__(self) -> Machine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
