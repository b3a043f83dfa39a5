"""What a second boot of the same disk must find again."""

from __future__ import annotations

from pathlib import Path

import pytest

from image.password import hashed
from image.qemu import trial
from tests.appliance.conftest import LOGIN_SECONDS, power_on

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900)]

REMEMBERED = (
    "cat /var/lib/dbus/machine-id; cat /var/lib/ssh/ssh_host_ed25519_key.pub; cat /configuration/config.xml"
)


def test_identity_and_configuration_are_the_same_after_a_power_cut(
    image: Path, logs: Path, password: str
) -> None:
    folder = logs / "power-cut"
    credentials = {
        "mailward.configuration": trial.configuration(2525),
        "mailward.admin.password": hashed(password),
    }
    machine, console = power_on(image, folder, credentials, {})
    with machine:
        console.login("admin", password, deadline=LOGIN_SECONDS)
        before = console.run(REMEMBERED).output
        assert before.splitlines()[0] == console.run("cat /etc/machine-id").output
        # No shutdown: whatever matters was already on the disk.
        console.run("sync")
        machine.kill()
    # Another configuration is offered the second time, and must not replace the one that is there.
    credentials["mailward.configuration"] = trial.configuration(2526)
    machine, console = power_on(image, folder, credentials, {}, fresh=False)
    with machine:
        console.login("admin", password, deadline=LOGIN_SECONDS)
        assert console.run(REMEMBERED).output == before
        assert console.run("cat /etc/machine-id").output == before.splitlines()[0]
        console.run("timeout 240 systemctl is-system-running --wait", deadline=250, check=False)
        assert console.run("systemctl list-units --failed --plain --no-legend").output == ""
    machine.disk.unlink()
