"""The appliance under the sequence: units, boot, disk, and code of the new release in its slot."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from mailward.errors import Failed, Rejected
from mailward.version import Version
from upgrade.preflight.machine import running_version
from upgrade.sequence.ports import Prepared

SECONDS = 120.0  # for a unit to start or stop: the service itself has 90 to stop
PREPARE_SECONDS = 300.0
MAIL = "mailward.service"
BOOT_ID = "proc/sys/kernel/random/boot_id"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# No network, no view of our processes and mounts; the slot itself is read-only under dm-verity.
APART = ("unshare", "--net", "--mount", "--ipc", "--pid", "--fork", "--kill-child")


class ProgramFailed(Failed):
    key = "upgrade.program"
    sentence = "{program} ended with {status}: {words}"
    remedy = "See the journal (`journalctl -b`)"


class NotFit(Rejected):
    key = "upgrade.configuration.unfit"
    sentence = "the new release cannot run with this configuration: {problem}"
    remedy = "Change what it names, commit, and start the upgrade again; nothing was changed"


def run(
    words: Sequence[str], *, seconds: float = SECONDS, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """A program's end, whatever it was. Raises `ProgramFailed` if it did not start or end."""
    try:
        return subprocess.run(
            words, input=given, capture_output=True, timeout=seconds, env={"LC_ALL": "C.UTF-8", "PATH": PATH}
        )
    except FileNotFoundError as error:
        raise ProgramFailed(program=words[0], status=127, words="it is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(
            program=words[0], status="no end", words=f"it took over {seconds:.0f} s"
        ) from error


def must(words: Sequence[str], *, seconds: float = SECONDS) -> str:
    """What it printed. Raises `ProgramFailed` unless it ended well."""
    done = run(words, seconds=seconds)
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-300:]
        raise ProgramFailed(
            program=" ".join(words[:2]), status=done.returncode, words=said or "it said nothing"
        )
    return done.stdout.decode("utf-8", "replace")


class SystemMachine:
    """Fits `upgrade.sequence.ports.Machine`."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def running(self) -> Version:
        return running_version(self._root)

    def boot_id(self) -> str:
        return (self._root / BOOT_ID).read_text().strip()

    def start_mail(self) -> None:
        must(["systemctl", "start", MAIL])

    def stop_mail(self) -> None:
        must(["systemctl", "stop", MAIL])

    def reboot(self) -> None:
        must(["systemctl", "--no-block", "reboot"])

    def failed_units(self) -> Sequence[str]:
        shown = must(["systemctl", "list-units", "--failed", "--plain", "--no-legend"], seconds=20)
        return [line.split()[0] for line in shown.splitlines() if line.strip()]

    def free(self) -> int:
        state = os.statvfs(self._root / "var")
        return state.f_bavail * state.f_frsize


class SystemClock:
    """Fits `upgrade.sequence.ports.Clock`."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class SlotRelease:
    """Fits `upgrade.sequence.ports.NewRelease`: `mailward upgrade migrate` of the slot, in a world of its own."""

    def prepare(self, root: Path, migrations: Sequence[str], document: bytes) -> Prepared:
        place = os.fspath(root)
        words = [*APART, f"--mount-proc={place}/proc", "chroot", place]
        words += ["/usr/bin/mailward", "upgrade", "migrate", "--json", *migrations]
        done = run(words, seconds=PREPARE_SECONDS, given=document)
        try:
            answer = json.loads(done.stdout)
        except ValueError as error:
            said = done.stderr.decode("utf-8", "replace").strip()[-500:]
            raise ProgramFailed(program="the new release", status=done.returncode, words=said) from error
        if done.returncode or "error" in answer:
            raise NotFit(problem=str(answer.get("message", "it does not say why")))
        return Prepared(base64.b64decode(answer["document"]), tuple(str(line) for line in answer["report"]))
