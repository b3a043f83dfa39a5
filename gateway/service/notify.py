"""systemd's side of a service: readiness, watchdog and sockets passed in (sd_notify(3), sd_listen_fds(3))."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, MutableMapping

FIRST_FD = 3


class Notifier:
    """Sends states to the service manager; does nothing when there is none."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        place = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + place[1:] if place.startswith("@") else place
        usec = environment.get("WATCHDOG_USEC", "")
        pid = environment.get("WATCHDOG_PID", "")
        mine = not pid or pid == str(os.getpid())
        # Half the deadline, as sd_watchdog_enabled(3) advises.
        self.watchdog = int(usec) / 2_000_000 if usec.isdigit() and mine else 0.0

    def send(self, *states: str) -> None:
        """For example ``send("READY=1", "STATUS=…")``."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            try:
                sock.sendto("\n".join(states).encode(), self._address)
            except OSError:
                return  # the manager is restarting; it asks again by itself


def passed_sockets(environment: MutableMapping[str, str] = os.environ) -> list[socket.socket]:
    """Sockets the service manager opened for us; the variables are taken so that children do not see them."""
    pid, count = environment.pop("LISTEN_PID", ""), environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if not count.isdigit() or (pid and pid != str(os.getpid())):
        return []
    sockets = []
    for fd in range(FIRST_FD, FIRST_FD + int(count)):
        os.set_inheritable(fd, False)
        sockets.append(socket.socket(fileno=fd))
    return sockets
