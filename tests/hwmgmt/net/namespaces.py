"""Two network namespaces with a cable between them: `appliance` and `switch`. Needs root.

Names carry the process id, so that runs beside each other do not meet, and everything started is ended by its
process id.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pyroute2 import netns

from hwmgmt.net.lldp.tlv import Frame, join

REPOSITORY = Path(__file__).parents[3]
HERE = "/proc/thread-self/ns/net"


def call(*words: str, deadline: float = 10.0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=deadline)


def need(*programs: str) -> None:
    """Skip the test where it cannot run."""
    if os.geteuid():
        pytest.skip("network namespaces need root")
    for program in programs:
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """This thread in a namespace; sockets opened meanwhile, and processes started, belong to it."""
    home = os.open(HERE, os.O_RDONLY)
    try:
        netns.setns(namespace)
        yield
    finally:
        netns.setns(home)
        os.close(home)


@dataclass
class Lab:
    """The cable is called `port` at either end; `second` is another one, if asked for."""

    appliance: str
    switch: str
    folder: Path
    ports: tuple[str, ...]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, namespace: str, *words: str) -> subprocess.Popen[bytes]:
        """Start a daemon in the foreground in a namespace."""
        log = (self.folder / f"{Path(words[0]).name}-{len(self.started)}.log").open("wb")
        with log:
            daemon = subprocess.Popen(
                ["ip", "netns", "exec", namespace, *words], stdout=log, stderr=subprocess.STDOUT
            )
        self.started.append(daemon)
        return daemon

    def mailward(
        self, *words: str, model: str = "", deadline: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run our command in the appliance's namespace, on a machine that was told to be `model`."""
        command = [sys.executable, "-m", "mailward", *words]
        if model:
            # A /var of its own in a mount namespace of its own; the host's is not touched.
            told = "mount -t tmpfs told /var && mkdir /var/configuration && echo $0 >/var/configuration/model"
            command = ["unshare", "--mount", "sh", "-c", f'{told} && exec "$@"', model, *command]
        return subprocess.run(
            ["ip", "netns", "exec", self.appliance, *command],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=deadline,
        )

    @contextlib.contextmanager
    def wire(self, port: str) -> Iterator[Callable[[Frame], object]]:
        """Sends frames from the switch's end of a cable."""
        with inside(self.switch):
            sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        with sender:
            with inside(self.switch):
                sender.bind((port, 0))
            yield lambda frame: sender.send(join(frame))

    def stop(self) -> None:
        for daemon in reversed(self.started):
            if daemon.poll() is None:
                daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(5)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait(5)
        for namespace in (self.appliance, self.switch):
            subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, timeout=10, check=False)


@contextlib.contextmanager
def lab(ports: Sequence[str] = ("port0",)) -> Iterator[Lab]:
    """Make the namespaces and cables; take them away whatever happens.

    The folder is not pytest's: daemons that drop root cannot enter that one, and its path is too long for the
    name of a Unix socket.
    """
    need("ip")
    folder = Path(tempfile.mkdtemp(prefix="mailward-"))
    folder.chmod(0o755)
    found = Lab(f"mw-a-{os.getpid()}", f"mw-s-{os.getpid()}", folder, tuple(ports))
    try:
        for namespace in (found.appliance, found.switch):
            call("ip", "netns", "add", namespace)
        for port in ports:
            ends = ["type", "veth", "peer", "name", port, "netns", found.switch]
            call("ip", "link", "add", port, "netns", found.appliance, *ends)
            for namespace in (found.appliance, found.switch):
                call("ip", "-n", namespace, "link", "set", port, "up")
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(condition: Callable[[], bool], *, seconds: float = 10.0) -> bool:
    """Whether the condition came true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


def start_lldpd(lab: Lab, namespace: str, *custom: str, options: Mapping[str, str] | None = None) -> str:
    """A real lldpd in a namespace that sends every second; answers its control socket.

    `custom` are organization TLVs as lldpcli takes them, "oui 00,80,c2 subtype 12 oui-info 00,61".
    """
    need("lldpd", "lldpcli")
    control = str(lab.folder / f"lldpd-{namespace}.sock")
    lab.start(namespace, "lldpd", "-d", "-u", control, "-S", "a test switch")

    def cli(*words: str) -> bool:
        done = subprocess.run(
            ["lldpcli", "-u", control, *words], capture_output=True, timeout=10, check=False
        )
        return done.returncode == 0

    assert wait_for(lambda: cli("show", "configuration")), "lldpd does not answer"
    for option, value in (
        {"system hostname": "test-switch", "lldp tx-interval": "1"} | dict(options or {})
    ).items():
        assert cli("configure", *option.split(), value)
    for port in lab.ports:
        for one in custom:
            assert cli("configure", "ports", port, "lldp", "custom-tlv", *one.split()), one
    cli("update")
    return control
