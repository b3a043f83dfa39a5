"""Listening sockets: bound by us, one per worker on the same port, or passed in by systemd."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from gateway.config.elements.listener import Listener
from gateway.service.errors import CannotListen

BACKLOG = 1024


def bind(listener: Listener) -> socket.socket:
    """A socket that shares its port with those of the other workers (SO_REUSEPORT). Raises CannotListen."""
    version = ipaddress.ip_address(listener.ip).version
    sock = socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if version == 6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((listener.ip, listener.port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise CannotListen(
            listener=listener.listener_name,
            address=listener.ip,
            port=listener.port,
            why=(error.strerror or str(error)).lower(),
        ) from error
    sock.setblocking(False)
    return sock


def occupied(listener: Listener) -> None:
    """Raise CannotListen if another program has the port.

    SO_REUSEPORT of our own user would let two services share it without a word.
    """
    version = ipaddress.ip_address(listener.ip).version
    with socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if version == 6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            sock.bind((listener.ip, listener.port))
        except OSError as error:
            raise CannotListen(
                listener=listener.listener_name,
                address=listener.ip,
                port=listener.port,
                why=(error.strerror or str(error)).lower(),
            ) from error


def passed_for(listener: Listener, passed: Sequence[socket.socket]) -> list[socket.socket]:
    """The sockets systemd opened for this listener: those on its port."""
    found = []
    for sock in passed:
        name = sock.getsockname()
        if isinstance(name, tuple) and name[1] == listener.port:
            sock.setblocking(False)
            found.append(sock)
    return found
