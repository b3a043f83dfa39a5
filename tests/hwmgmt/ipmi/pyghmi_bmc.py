"""pyghmi's own BMC as a process: `pyghmi_bmc.py PORT [boot-nonsense]`. Prints "ready" when it listens.

As shipped pyghmi's client cannot log in to it (P1): the client proposes SHA-256, the server answers with
SHA-1 whatever was proposed. Here it refuses what it does not speak, and the client comes back with SHA-1.
It has to be a process of its own: client and server share sockets by class (P8).
"""

from __future__ import annotations

import sys
from typing import Any

from pyghmi.ipmi import bmc
from pyghmi.ipmi.private import serversession

_SHA1 = 1
_NO_SUCH_ALGORITHM = 0x11


class PickyServerSession(serversession.ServerSession):  # type: ignore[misc]
    def create_open_session_response(self, request: bytearray) -> bytearray:
        response: bytearray = super().create_open_session_response(request)
        if request[12] & 0x3F != _SHA1:
            response[1] = _NO_SUCH_ALGORITHM
        return response


class TestBmc(bmc.Bmc):  # type: ignore[misc]
    power = "on"
    nonsense = False

    def get_power_state(self) -> str:
        return self.power

    def power_off(self) -> None:
        self.power = "off"

    def power_on(self) -> None:
        self.power = "on"

    def get_boot_device(self) -> str:
        return "network"

    def handle_raw_request(self, request: dict[str, Any], session: Any) -> None:
        if self.nonsense and (request["netfn"], request["command"]) == (0x00, 0x09):
            # What QEMU's BMC says: the restart cause, with completion code 0 (Q1).
            session.send_ipmi_response(data=[0x00, 0x00])
            return
        super().handle_raw_request(request, session)


if __name__ == "__main__":
    serversession.ServerSession = PickyServerSession
    server = TestBmc({"admin": "test"}, port=int(sys.argv[1]))
    server.nonsense = "boot-nonsense" in sys.argv
    print("ready", flush=True)
    server.listen()
