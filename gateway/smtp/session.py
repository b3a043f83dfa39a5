"""Connection and transaction: aiosmtpd's two objects, with what an appliance knows beyond them."""

from __future__ import annotations

from typing import Any

from aiosmtpd.smtp import Envelope as BaseEnvelope
from aiosmtpd.smtp import Session as BaseSession

from gateway.queue.body import BodyWriter
from gateway.queue.message import Recipient
from gateway.smtp.address import Mailbox
from gateway.smtp.data import ChunkReader, DataReader
from gateway.smtp.settings import ListenerSettings


class Session(BaseSession):  # type: ignore[misc]
    """One connection. Survives RSET, is told apart by its ICID."""

    def __init__(self, loop: Any, icid: int, host: str, port: int) -> None:
        super().__init__(loop)
        self.icid = icid
        self.host = host
        self.port = port
        self.local = ""  # our address it came to
        self.outbound = False  # from a host that may relay, or to be treated like one
        self.reverse_name = ""
        self.verified = "unknown"
        self.errors = 0
        self.messages = 0
        self.facts: dict[str, Any] = {}  # handlers keep sender group, policy and the like here
        self.admission = ""  # ends of log lines that say why this connection was let in, or not
        self.settings: ListenerSettings | None = None  # instead of the listener's, by mail flow policy

    @property
    def protocol(self) -> str:
        """The ``with`` word of a trace line (RFC 3848)."""
        if not self.extended_smtp:
            return "SMTP"
        return "ESMTP" + "S" * (self.ssl is not None) + "A" * bool(self.authenticated)


class Envelope(BaseEnvelope):  # type: ignore[misc]
    """One transaction, from MAIL to the end of its content."""

    def __init__(self) -> None:
        super().__init__()
        self.mid = 0
        self.sender: Mailbox | None = None
        self.recipients: list[Recipient] = []
        self.declared_size = 0
        self.eight_bit = False
        self.ret = ""
        self.envid = ""
        self.writer: BodyWriter | None = None
        self.reader: DataReader | ChunkReader | None = None
        self.chunking = False
