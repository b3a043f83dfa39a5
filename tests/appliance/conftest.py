"""The appliance under test: the image that was built, booted once for all tests that do not break it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from image.password import hashed
from image.qemu import trial
from image.qemu.accel import detect
from image.qemu.console import Console
from image.qemu.machine import FIRMWARE, Machine, Spec
from tests.appliance import secure
from tests.appliance.machines import CHECKS as CHECKS
from tests.appliance.machines import RACK_SERVER as RACK_SERVER
from tests.appliance.releases import Published, publish

LOGIN_SECONDS = 300


@dataclass
class Appliance:
    """A booted guest: its console (logged in, root), where its ports are on this host, and what its relay got."""

    machine: Machine
    console: Console
    smtp_port: int
    ssh_port: int
    ssh_key: Path
    relay: trial.Sink
    banner: str

    def run(self, command: str, *, deadline: float = 60, check: bool = True) -> str:
        return self.console.run(command, deadline=deadline, check=check).output


@pytest.fixture(scope="session")
def image(request: pytest.FixtureRequest) -> Path:
    given = request.config.getoption("--boot-image")
    if not given:
        pytest.fail("which image? `make test-boot`, or --boot-image FILE")
    path = Path(given)
    assert path.is_file(), f"{path} is not there; `make image` builds it"
    return path


@pytest.fixture(scope="session")
def medium(request: pytest.FixtureRequest) -> Path:
    given = request.config.getoption("--boot-installer")
    if not given:
        pytest.fail("which medium? `make test-long`, or --boot-installer FILE")
    path = Path(given)
    assert path.is_file(), f"{path} is not there; `mailward image build --format installer` makes it"
    return path


@pytest.fixture(scope="session")
def site_keys(request: pytest.FixtureRequest) -> Path:
    path = Path(request.config.getoption("--boot-keys"))
    assert (path / "db.crt").is_file(), (
        f"{path} holds no keys; `make image` makes some, --boot-keys names others"
    )
    return path


@pytest.fixture(scope="session")
def published() -> Published:
    """Two releases and the image of the older; the build is made again only if something changed."""
    return publish(Path("out/boot-upgrade").resolve())


@pytest.fixture(scope="session")
def logs(request: pytest.FixtureRequest) -> Path:
    """Kept after the run, for whoever wants to know why a boot failed."""
    return Path(request.config.getoption("--boot-logs")).resolve()


@pytest.fixture(scope="session")
def ssh_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = tmp_path_factory.mktemp("ssh") / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return key


def power_on(
    image: Path,
    folder: Path,
    credentials: Mapping[str, str],
    forwards: Mapping[int, int],
    *,
    fresh: bool = True,
) -> tuple[Machine, Console]:
    drive = ("-drive", f"file=fat:ro:{CHECKS},format=raw,if=virtio,readonly=on")
    spec = Spec(
        image, detect(FIRMWARE), credentials=credentials, forwards=forwards, extra=(*RACK_SERVER, *drive)
    )
    machine = Machine(spec, folder, fresh=fresh)
    return machine, machine.start()


@pytest.fixture(scope="session")
def password() -> str:
    return secrets.token_urlsafe(12)


@pytest.fixture(scope="session")
def appliance(image: Path, logs: Path, ssh_key: Path, password: str) -> Iterator[Appliance]:
    """Booted once. Tests that use it leave it running, with an empty queue."""
    smtp_port, ssh_port = trial.free_port(), trial.free_port()
    with trial.sink() as relay:
        credentials = {
            "mailward.configuration": trial.configuration(relay.port),
            "mailward.admin.password": hashed(password),
            "mailward.admin.authorized-keys": ssh_key.with_suffix(".pub").read_text(),
        }
        machine, console = power_on(image, logs / "appliance", credentials, {smtp_port: 25, ssh_port: 22})
        with machine:
            console.login("admin", password, deadline=LOGIN_SECONDS)
            banner = trial.wait_for_banner(smtp_port, LOGIN_SECONDS)
            yield Appliance(machine, console, smtp_port, ssh_port, ssh_key, relay, banner)
        machine.disk.unlink()


@pytest.fixture(scope="session")
def trusted(image: Path, logs: Path, password: str) -> Iterator[secure.Trusted]:
    """Booted once, from firmware in setup mode; the tests of the second boot come last and end it."""
    folder = logs / "trusted"
    chip = folder / "tpm"
    shutil.rmtree(folder, ignore_errors=True)
    credentials = {"mailward.admin.password": hashed(password), "mailward.encrypt-var": "tpm2"}
    machine, console = secure.power_on(image, folder, credentials, tpm=chip)
    made = secure.Trusted(machine, console, chip, password, credentials)
    try:
        shown = console.expect(secure.RECOVERY_KEY, secure.FIRST_BOOT_SECONDS)
        made.recovery_key = shown[1]
        console.login("admin", password, deadline=LOGIN_SECONDS)
        made.first_boot = machine.log.read_text(errors="replace")
        yield made
    finally:
        made.machine.kill()
    made.machine.disk.unlink()
