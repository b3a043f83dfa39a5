"""Mail of the appliance's own: handed to a worker by the control socket, it goes the way of all mail from there.

No listener has to be open or to relay for it, and the answer means what 250 means: it is on the disk.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from typing import TYPE_CHECKING, Any

from gateway.queue.message import Message, Recipient, Traits
from gateway.queue.numbers import Kind
from gateway.service.errors import BadArguments, NotTaken
from gateway.smtp import trace
from gateway.smtp.address import BadAddress, parse_mailbox

if TYPE_CHECKING:
    from gateway.service.worker import Worker

COMMAND = "queue.submit"
MOST_RECIPIENTS = 100
MOST_OCTETS = 45 << 20  # of content: a request is one line of the control socket, in base64


async def submit(worker: Worker, arguments: dict[str, Any]) -> Any:
    """Queue a message: `sender` (empty for none), `recipients`, `content` in base64 with CR LF. Answers its `mid`.

    With `route`, as ``host:port``, it goes there whatever the routes say.

    Raises BadArguments; NotTaken if the queue has no room or the disk did not take it.
    """
    sender, recipients, content = _checked(arguments)
    spool, log = worker.spool, worker.log
    if not spool.has_room(len(content)):
        raise NotTaken(why=spool.full or "the queue is full")
    mid = worker.numbers.take(Kind.MID)
    writer = spool.writer(mid)
    writer.write(content)
    try:
        body, files = writer.finish()
    except OSError as error:
        spool.failed(error)
        raise NotTaken(why=error.strerror or str(error)) from error
    now = time.time()
    head = b"\r\n" + content.partition(b"\r\n\r\n")[0] + b"\r\n"
    traits = Traits.NONE if content.isascii() else Traits.EIGHT_BIT
    if not all(address.isascii() for address in (sender, *recipients)):
        traits |= Traits.SMTPUTF8
    if content.startswith(b".") or b"\r\n." in content:
        traits |= Traits.DOTTED
    rows = [
        Recipient(
            number,
            address,
            address.rpartition("@")[2].lower(),
            due=now,
            stage=worker.work.stage,
            route=str(arguments.get("route") or ""),
        )
        for number, address in enumerate(recipients)
    ]
    subject = trace.text(trace.field(head, head.lower(), b"subject"))
    message = Message(mid, sender, now, len(content), body, traits=traits, subject=subject, recipients=rows)
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def durable(error: Exception | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(NotTaken(why=str(error)))

    spool.accept(message, files, durable)
    log.say(f"Start MID {mid} ICID 0")
    log.say(f"MID {mid} ICID 0 From: <{sender}>")
    for row in rows:
        log.say(f"MID {mid} ICID 0 RID {row.rid} To: <{row.address}>")
    await done
    log.say(f"MID {mid} ready {len(content)} bytes from <{sender}>")
    worker.work.queued(message)
    return {"mid": mid}


def _checked(arguments: dict[str, Any]) -> tuple[str, list[str], bytes]:
    try:
        sender = str(arguments.get("sender") or "")
        recipients = [str(parse_mailbox(str(address))) for address in arguments["recipients"]]
        content = base64.b64decode(arguments["content"], validate=True)
        if sender:
            parse_mailbox(sender)
    except (BadAddress, binascii.Error, KeyError, TypeError, ValueError) as error:
        raise BadArguments(command=COMMAND, why=str(error)) from error
    if not 0 < len(recipients) <= MOST_RECIPIENTS:
        raise BadArguments(command=COMMAND, why=f"1 to {MOST_RECIPIENTS} recipients are taken")
    if not 0 < len(content) <= MOST_OCTETS:
        raise BadArguments(command=COMMAND, why=f"the message must have 1 octet to {MOST_OCTETS >> 20} MB")
    if b"\n" in content.replace(b"\r\n", b"") or b"\r" in content.replace(b"\r\n", b""):
        raise BadArguments(command=COMMAND, why="lines must end with CR LF")
    return sender, recipients, content
