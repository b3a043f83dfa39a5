"""A TPM 2.0 for a guest: swtpm, one process per boot of the machine, its state in a folder."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from image.command import CommandMissing
from mailward.errors import Failed

START_SECONDS = 10.0


class TpmFailed(Failed):
    key = "image.tpm"
    sentence = "the emulated TPM did not start: {reason}"
    remedy = "Its words are in {log}"


def words(control: Path) -> list[str]:
    """For QEMU's command line: a TPM whose emulator listens at `control`."""
    return [
        *("-chardev", f"socket,id=tpm0,path={control}"),
        *("-tpmdev", "emulator,id=tpm0,chardev=tpm0"),
        *("-device", "tpm-crb,tpmdev=tpm0"),
    ]


def argv(folder: Path, control: Path) -> Sequence[str]:
    """For swtpm: it ends by itself when QEMU lets go of the socket."""
    return [
        *("swtpm", "socket", "--tpm2", "--terminate"),
        *("--tpmstate", f"dir={folder}"),
        *("--ctrl", f"type=unixio,path={control}"),
    ]


class Tpm:
    """The chip that belongs to a machine. Another `folder` is another chip, which opens nothing of the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.control = folder / "control.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises `CommandMissing`, or `TpmFailed` if it does not listen within `START_SECONDS`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.control.unlink(missing_ok=True)
        log = self.folder / "swtpm.log"
        with log.open("ab") as output:
            try:
                self._process = subprocess.Popen(
                    argv(self.folder, self.control),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )
            except FileNotFoundError as error:
                raise CommandMissing(program="swtpm", package="swtpm") from error
        end = time.monotonic() + START_SECONDS
        while not self.control.exists():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise TpmFailed(reason=log.read_text(errors="replace").strip() or "it says nothing", log=log)
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None
