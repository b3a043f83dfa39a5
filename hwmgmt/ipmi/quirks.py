"""Changes made to pyghmi inside the worker process, where nobody else uses it."""

from __future__ import annotations

import select
from typing import Any


def poll_directly(session: Any) -> None:
    """Let the LAN session wait on its own sockets, without pyghmi's I/O thread.

    `session` is the module pyghmi.ipmi.private.session. Its waiting side looks at the queue of packets, then
    registers to be woken; an answer that its I/O thread takes in between wakes nobody, and the command
    waits for its retry. Against a BMC on a fast network that was every eighth command (1.6.19), half a
    second to a second each.
    """

    def wait(timeout: float, myaddr: object = None, evq: object = None) -> None:
        select.select(session.iosockets, (), (), max(timeout, 0))
        session._io_graball(session.iosockets, {})

    session._io_wait = wait
    # Any value but None: the thread is taken to be there, and to be ready.
    session.iothread = wait
    session.iothreadready = True
