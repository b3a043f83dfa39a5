"""Three messages through a booted image to a sink on this host, compared byte for byte.

What `make appliance` shows to someone who has just cloned the project, and what the boot tests build on.
"""

from __future__ import annotations

import base64
import hashlib
import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from image.qemu.accel import detect
from image.qemu.machine import FIRMWARE, Machine, Spec
from mailward.errors import Failed
from mailward.progress import step

# QEMU's user network: the host is at this address, and reaches the guest through forwarded ports.
HOST_SEEN_BY_GUEST = "10.0.2.2"
SENDER = "alice@sender.example"
RECIPIENT = "bob@inside.example"
DOMAIN = "inside.example"

BOOT_SECONDS = 420
DELIVERY_SECONDS = 90


class TrialFailed(Failed):
    key = "image.trial"
    sentence = "{what}"
    remedy = "The guest's console is in {log}"


@dataclass(frozen=True)
class Message:
    name: str
    content: bytes
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """One message that arrived as it was sent. seconds: from DATA to arrival at the sink."""

    name: str
    octets: int
    seconds: float


@dataclass(frozen=True)
class Report:
    image: Path
    accel: str
    banner_seconds: float
    deliveries: tuple[Delivery, ...]
    log: Path


def messages() -> list[Message]:
    """7-bit; 8BITMIME with UTF-8 and lines of up to 998 octets; a 5 MB attachment. CRLF line ends throughout."""

    def text(subject: str, mime: str, body: str) -> bytes:
        head = (
            f"From: {SENDER}\nTo: {RECIPIENT}\nSubject: {subject}\nMessage-ID: <{subject}@sender.example>\n"
        )
        return (
            (head + f"Date: Mon, 23 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n{mime}\n\n{body}\n")
            .replace("\n", "\r\n")
            .encode()
        )

    # A leading dot and a lone dot in the body: what dot-stuffing gets wrong first.
    plain = text(
        "seven-bit", "Content-Type: text/plain; charset=us-ascii", "Hello.\n.\n..\n.leading dot\nBye."
    )
    eight = text(
        "eight-bit",
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit",
        "Grüße aus 東京 — zażółć gęślą jaźń\n" + "ä" * 499,
    )
    block = b"".join(hashlib.sha512(str(n).encode()).digest() for n in range(5 * 1024 * 1024 // 64))
    large = text(
        "attachment",
        "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
        'Content-Disposition: attachment; filename="data.bin"',
        base64.encodebytes(block).decode(),
    )
    return [
        Message("7-bit", plain),
        Message("8BITMIME with UTF-8", eight, ("BODY=8BITMIME",)),
        Message("5 MB attachment", large),
    ]


def configuration(relay_port: int, *, domain: str = DOMAIN, retry_seconds: int = 5) -> str:
    """An appliance that accepts for `domain` and relays everything to a port on this host."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE config SYSTEM "config.dtd">
<config>
  <hostname>trial.mailward.example</hostname>
  <listeners>
    <listener>
      <listener_name>IncomingMail</listener_name>
      <accepted_domains>
        <domain>{domain}</domain>
      </accepted_domains>
    </listener>
  </listeners>
  <smtp_routes>
    <smtp_route>
      <domain>ALL</domain>
      <hosts>
        <host>
          <hostname>{HOST_SEEN_BY_GUEST}</hostname>
          <port>{relay_port}</port>
        </host>
      </hosts>
    </smtp_route>
  </smtp_routes>
  <bounce_profiles>
    <bounce_profile>
      <initial_retry>{retry_seconds}</initial_retry>
    </bounce_profile>
  </bounce_profiles>
</config>
"""


class Sink:
    """Keeps what it is given, untouched; while `away`, puts every recipient off."""

    def __init__(self) -> None:
        self.arrived: SimpleQueue[bytes] = SimpleQueue()
        self.away = False
        self.port = 0

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.away:
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.arrived.put(envelope.content)
        return "250 2.0.0 OK"


class _SinkController(Controller):  # type: ignore[misc]  # aiosmtpd has no types
    def factory(self) -> SMTP:
        # The default of 32 MiB is enough; the default line limit of aiosmtpd is not for every body.
        SMTP.line_length_limit = 1 << 20
        return SMTP(self.handler, hostname="sink.example", decode_data=False, enable_SMTPUTF8=True)


@contextmanager
def sink(host: str = "127.0.0.1") -> Iterator[Sink]:
    """An SMTP server on a free port of this host."""
    handler = Sink()
    handler.port = free_port()
    controller = _SinkController(handler, hostname=host, port=handler.port)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_banner(
    port: int,
    seconds: float,
    *,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> str:
    """The SMTP greeting at 127.0.0.1:`port`. QEMU accepts before the guest does, so a closed line means: not yet.

    Raises `TimeoutError`.
    """
    end = clock() + seconds
    while clock() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
                greeting = line.recv(512)
                if greeting.startswith(b"220"):
                    return greeting.decode(errors="replace").strip()
        except OSError:
            pass  # not up yet: that is what the deadline is for
        pause(0.5)
    raise TimeoutError(f"no SMTP greeting within {seconds:.0f} s")


def same_behind_trace(sent: bytes, arrived: bytes) -> bool:
    """Is `arrived` exactly `sent` behind one Received: field (RFC 5321 section 4.4)?"""
    trace = arrived[: len(arrived) - len(sent)]
    return (
        arrived.endswith(sent)
        and trace.startswith(b"Received:")
        and trace.endswith(b"\r\n")
        and _one_field(trace)
    )


def _one_field(trace: bytes) -> bool:
    return all(line[:1] in (b" ", b"\t") for line in trace.split(b"\r\n")[1:-1])


def send(port: int, message: Message, *, sender: str = SENDER, recipient: str = RECIPIENT) -> None:
    """Hand a message to the appliance at 127.0.0.1:`port`; returns once it has answered 250."""
    with smtplib.SMTP("127.0.0.1", port, local_hostname="client.sender.example", timeout=60) as client:
        client.sendmail(sender, [recipient], message.content, mail_options=message.options)


def run(image: Path, log_dir: Path) -> Report:
    """Boot, send, compare. Raises `TrialFailed`; the console's log stays in `log_dir`."""
    smtp_port = free_port()
    with sink() as relay:
        credentials = {"mailward.configuration": configuration(relay.port)}
        spec = Spec(image, detect(FIRMWARE), credentials=credentials, forwards={smtp_port: 25})
        with Machine(spec, log_dir) as machine, step(f"Trying {image.name} in QEMU with {spec.accel}"):
            started = time.monotonic()
            console = machine.start()
            with step("Booting until the SMTP banner"):
                try:
                    wait_for_banner(smtp_port, BOOT_SECONDS)
                except TimeoutError as error:
                    raise TrialFailed(what=str(error), log=machine.log) from error
            banner_seconds = time.monotonic() - started
            deliveries = []
            for message in messages():
                with step(f"Sending {message.name}"):
                    deliveries.append(_deliver(smtp_port, message, relay.arrived, machine.log))
            console.close()
    (log_dir / "disk.qcow2").unlink(missing_ok=True)
    return Report(image, str(spec.accel), banner_seconds, tuple(deliveries), machine.log)


def _deliver(port: int, message: Message, arrived: SimpleQueue[bytes], log: Path) -> Delivery:
    started = time.monotonic()
    try:
        send(port, message)
        content = arrived.get(timeout=DELIVERY_SECONDS)
    except smtplib.SMTPException as error:
        raise TrialFailed(what=f"{message.name} was not accepted: {error}", log=log) from error
    except Empty as error:
        raise TrialFailed(
            what=f"{message.name} did not arrive within {DELIVERY_SECONDS} s", log=log
        ) from error
    if not same_behind_trace(message.content, content):
        raise TrialFailed(what=f"{message.name} did not arrive as it was sent", log=log)
    return Delivery(message.name, len(message.content), time.monotonic() - started)
