"""What is done to the disk by programs of the system: systemd-sysupdate, sfdisk, dm-verity."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from mailward.errors import Failed
from mailward.version import Version
from upgrade.slots.protocol import Progress
from upgrade.slots.written import compare

DEFINITIONS = Path("/usr/share/mailward/sysupdate")
VERIFIED = Path("/var/lib/mailward/upgrade/verified")  # named in the definitions, too
SYSUPDATE = "/usr/lib/systemd/systemd-sysupdate"
VERITYSETUP = "/usr/lib/systemd/systemd-veritysetup"
SYSUPDATE_SECONDS = 1800  # a gigabyte to a disk of 1 MB/s
SECONDS = 60


class ProgramFailed(Failed):
    key = "upgrade.slot.program"
    sentence = "{program} ended with status {status}: {words}"
    remedy = "The machine boots as before. See the journal (`journalctl -b`), and install again"


class Tools(Protocol):
    """The programs. Each call raises `ProgramFailed`."""

    def sysupdate(self, what: str, version: Version) -> None:
        """Install `version` from the checked files: ``root`` (and hash tree), or ``boot`` (the kernel image)."""

    def label(self, disk: Path, number: int, label: str) -> None:
        """Name the partition."""

    def unpack(self, packed: Path, target: Path) -> None:
        """Make a plain file, with holes where it has zeros, of one packed by zstd."""

    def compare(self, packed: Path, device: Path, size: int, progress: Progress) -> None:
        """Is on the device what is packed in the file? See `written.compare`."""

    def open_root(self, root: Path, verity: Path, root_hash: str) -> AbstractContextManager[Path]:
        """A root below dm-verity, mounted read-only while the context lasts."""


class SystemTools:
    """Fits `Tools`."""

    def sysupdate(self, what: str, version: Version) -> None:
        # --verify=no is about GPG, which sysupdate knows and we do not use: what it reads was checked before.
        run(
            [SYSUPDATE, f"--definitions={DEFINITIONS / what}", "--verify=no", "update", str(version)],
            seconds=SYSUPDATE_SECONDS,
        )

    def label(self, disk: Path, number: int, label: str) -> None:
        # The disk is in use, so the kernel cannot read the whole table anew; it needs no label to find a partition.
        run(
            ["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", "--part-label"]
            + [os.fspath(disk), str(number), label],
            seconds=SECONDS,
        )

    def unpack(self, packed: Path, target: Path) -> None:
        words = ["zstd", "-q", "-d", "--sparse", "-o", os.fspath(target), os.fspath(packed)]
        run(words, seconds=SYSUPDATE_SECONDS)

    def compare(self, packed: Path, device: Path, size: int, progress: Progress) -> None:
        compare(packed, device, size, progress)

    @contextmanager
    def open_root(self, root: Path, verity: Path, root_hash: str) -> Iterator[Path]:
        name = f"mailward-{root_hash[:16]}"
        with tempfile.TemporaryDirectory(prefix="mailward-root-") as folder:
            run([VERITYSETUP, "attach", name, os.fspath(root), os.fspath(verity), root_hash], seconds=SECONDS)
            try:
                run(["mount", "-o", "ro,nodev,nosuid", f"/dev/mapper/{name}", folder], seconds=SECONDS)
                try:
                    yield Path(folder)
                finally:
                    run(["umount", folder], seconds=SECONDS)
            finally:
                run([VERITYSETUP, "detach", name], seconds=SECONDS)


def run(words: Sequence[str], *, seconds: float) -> str:
    """Run a program of the system and answer what it printed. Raises `ProgramFailed`."""
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=seconds
        )
    except FileNotFoundError as error:
        raise ProgramFailed(program=words[0], status=127, words="it is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(
            program=words[0], status=-9, words=f"it took more than {seconds:.0f} s"
        ) from error
    if done.returncode:
        last = " / ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise ProgramFailed(program=words[0], status=done.returncode, words=last or "it said nothing")
    return done.stdout
