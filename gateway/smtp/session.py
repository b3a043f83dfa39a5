"""Connection and transaction: aiosmtpd's two objects, with what an appliance knows beyond them."""

from __future__ import annotations

from typing import Any

from aiosmtpd.smtp import Envelope as BaseEnvelope
from aiosmtpd.smtp import Session as BaseSession

from gateway.queue.body import BodyWriter
from gateway.queue.message import Recipient
from gateway.smtp.data import ChunkReader, DataReader


class Session(BaseSession):  # type: ignore[misc]
    """One connection. Survives RSET, is told apart by its ICID."""

    def __init__(self, loop: Any, icid: int, host: str, port: int) -> None:
        super().__init__(loop)
        self.icid = icid
        self.host = host
        self.port = port
        self.reverse_name = ""
        self.verified = "unknown"
        self.errors = 0
        self.messages = 0
        self.facts: dict[str, Any] = {}  # handlers keep sender group, policy and the like here

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
        self.recipients: list[Recipient] = []
        self.declared_size = 0
        self.eight_bit = False
        self.ret = ""
        self.envid = ""
        self.writer: BodyWriter | None = None
        self.reader: DataReader | ChunkReader | None = None
        self.chunking = False
