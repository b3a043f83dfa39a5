"""FTP with TLS (RFC 4217) to /configuration, for administrators: pyftpdlib, held to our area and our users (U2)."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from OpenSSL import SSL
from pyftpdlib.authorizers import AuthenticationFailed, DummyAuthorizer
from pyftpdlib.handlers import TLS_DTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from gateway.files.area import Area
from gateway.files.crypt import matches
from gateway.files.failures import Failures
from gateway.files.ftp_area import AreaFilesystem, Incoming
from gateway.files.settings import FtpPlace, FtpSettings

_log = logging.getLogger(__name__)
PASSIVE_PORTS = range(50_000, 50_100)  # for the firewall in front (docs/configuration.md)
CONNECTIONS = 32
PER_HOST = 8
IDLE = 600  # seconds
CONTROL_FOLLOWS = 0.3  # seconds from the end of one connection of a client that died to that of the other
_IP_FREEBIND = 15  # ip(7): the interface may not have its address yet
# List, enter, read, write, rename, remove; no folders, no modes.
_PERMISSIONS = "elrwfd"


class Authorizer(DummyAuthorizer):  # type: ignore[misc]  # pyftpdlib has no types
    """Administrators with the hashes of the configuration."""

    def __init__(self, users: Mapping[str, str], failures: Failures) -> None:
        super().__init__()
        self._hashes = users
        self._failures = failures
        for name in users:
            self.user_table[name] = {
                "pwd": "",
                "home": "/",
                "perm": _PERMISSIONS,
                "operms": {},
                "msg_login": "Welcome.",
                "msg_quit": "Goodbye.",
            }

    def validate_authentication(self, username: str, password: str, handler: Any) -> None:
        host = str(handler.remote_ip)
        if self._failures.too_many(host):
            raise AuthenticationFailed("Too many wrong passwords; try again later.")
        if not matches(password, self._hashes.get(username, "")):
            self._failures.add(host)
            raise AuthenticationFailed("Authentication failed.")


class DataChannel(TLS_DTPHandler):  # type: ignore[misc]  # pyftpdlib has no types
    """Gives an upload its name when all of it has come."""

    transfer_finished: bool
    _waited = False

    def handle_close(self) -> None:
        """In plain FTP the end of the connection is the end of the file. A client that died ended both of its own: so
        it is looked whether the other one follows.
        """
        if self.receive and not self._ssl_established and not self._waited and not self._closed:
            self._waited = True
            self.ioloop.unregister(self._fileno)
            self.call_later(CONTROL_FOLLOWS, self.handle_close)
            return
        super().handle_close()

    def close(self) -> None:
        incoming = self.file_obj
        if not self._closed and isinstance(incoming, Incoming) and not incoming.closed:
            if self.transfer_finished and (self._cut_short() or self._client_gone()):
                self.transfer_finished = False
                self._resp = ("426 Transfer aborted: the end is missing.", _log.info)
            try:
                incoming.end(whole=self.transfer_finished)
            except OSError as error:
                self.transfer_finished = False
                self._resp = (f"452 Not kept: {error.strerror}.", _log.error)
        super().close()

    def _cut_short(self) -> bool:
        """Without the end that TLS has of its own, somebody in between may have cut it (RFC 4217 section 9)."""
        return bool(self._ssl_established and not self.socket.get_shutdown() & SSL.RECEIVED_SHUTDOWN)

    def _client_gone(self) -> bool:
        """Whether nobody is there to hear that the transfer is complete."""
        try:
            with socket.socket(fileno=os.dup(self.cmd_channel.socket.fileno())) as control:
                return control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False  # it is there, and says nothing
        except OSError:
            return True


class Handler(TLS_FTPHandler):  # type: ignore[misc]  # pyftpdlib has no types
    """One client. `failures` and `hosts` are set on a subclass by `build`."""

    dtp_handler = DataChannel
    passive_ports = PASSIVE_PORTS
    timeout = IDLE
    max_login_attempts = 3
    use_sendfile = False
    banner = "Mailward file access."
    failures: Failures
    hosts: tuple[Any, ...] = ()

    def on_connect(self) -> None:
        address = ip_address(self.remote_ip.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        known = not self.hosts or any(
            address in network for network in self.hosts if network.version == address.version
        )
        if not known or self.failures.too_many(self.remote_ip):
            self.respond("421 Not from here.")
            self.close_when_done()


def build(
    settings: FtpSettings, area: Area, context: SSL.Context, failures: Failures | None = None
) -> type[Handler]:
    """The handler class: pyftpdlib's settings are class attributes."""
    counted = failures or Failures(time.monotonic)
    return type(
        "ConfiguredHandler",
        (Handler,),
        {
            "authorizer": Authorizer(settings.users, counted),
            "abstracted_fs": type("ConfiguredFilesystem", (AreaFilesystem,), {"area": area}),
            "failures": counted,
            "hosts": tuple(ip_network(host) for host in settings.allowed_hosts),
            "ssl_context": context,
            "tls_control_required": not settings.allow_plain,
            "tls_data_required": not settings.allow_plain,
        },
    )


def tls_context(pem: str) -> SSL.Context:
    """For the server's side. Raises SSL.Error for a PEM that it cannot use."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    handle = os.memfd_create(
        "certificate", os.MFD_CLOEXEC
    )  # OpenSSL reads files only; this one is on no disk
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(pem.encode())
        path = f"/proc/self/fd/{handle}"
        context.use_privatekey_file(path)
        context.use_certificate_chain_file(path)
    finally:
        os.close(handle)
    return context


def listening(place: FtpPlace, port: int) -> list[socket.socket]:
    """Sockets for a place. Raises OSError."""
    families = [socket.AF_INET, socket.AF_INET6] if place.device else []
    if place.address:
        families = [socket.AF_INET6 if ":" in place.address else socket.AF_INET]
    found = []
    for family in families:
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if place.device:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, place.device.encode())
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
        sock.bind((place.address or ("::" if family == socket.AF_INET6 else "0.0.0.0"), port))
        found.append(sock)
    return found


def serve(
    settings: FtpSettings, area: Area, context: SSL.Context, sockets: list[socket.socket], ready: Any
) -> None:
    """Serve until the process is ended. `ready` is called when connections are taken."""
    handler = build(settings, area, context)
    loop = IOLoop()
    for sock in sockets:
        server = FTPServer(sock, handler, ioloop=loop)
        server.max_cons = CONNECTIONS
        server.max_cons_per_ip = PER_HOST
    ready()
    loop.loop(timeout=1.0, blocking=True)


def own_certificate(folder: Path, hostname: str, now: float) -> str:
    """PEM of key and certificate for where the configuration names none; made once, for ten years."""
    path = folder / "ftp.pem"
    if not path.exists():
        from gateway.files.certificate import self_signed

        fresh = path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(self_signed(hostname, now))
        fresh.replace(path)
    return path.read_text()
