"""A saved configuration as a mail (`mailconfig`)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Protocol

from gateway.config.model import Config


class Service(Protocol):
    """The mail service; `gateway.service.client.ControlClient` is one."""

    def ask(self, command: str, **arguments: Any) -> Any: ...


def message(
    config: Config, recipients: Sequence[str], name: str, text: bytes, when: datetime
) -> EmailMessage:
    """A mail with the file `name` attached."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = config.alerts.sender or f"alert@{config.hostname}"
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = f"Configuration of {config.hostname}"
    mail["Date"] = format_datetime(when)
    mail["Message-ID"] = make_msgid(domain=config.hostname)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody answers it
    mail.set_content(f"The configuration of {config.hostname} is attached: {name}\n")
    mail.add_attachment(text, maintype="application", subtype="xml", filename=name)
    return mail


def send(service: Service, config: Config, recipients: Sequence[str], mail: EmailMessage) -> int:
    """The MID under which it is in the queue, on the disk. Raises what the service's client does."""
    content = base64.b64encode(mail.as_bytes()).decode()
    sender = config.alerts.sender or f"alert@{config.hostname}"
    answer = service.ask("queue.submit", sender=sender, recipients=list(recipients), content=content)
    return int(answer["mid"])
