"""What goes over the wire for a message: command lines and content, dot-stuffed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from gateway.queue.message import Message, Recipient, Traits

BLOCK = 256 << 10  # octets of a body file read at once


def stuffed(body: bytes, *, dotted: bool) -> bytes:
    """Content in memory as it goes out, end mark included (RFC 5321 §4.5.2)."""
    if dotted:
        body = body.replace(b"\r\n.", b"\r\n..")
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


class FileStream:
    """A body file as wire octets: dot-stuffed if needed, with the end mark."""

    def __init__(self, path: Path, *, dotted: bool) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._dotted = dotted
        self._tail = b"\r\n"
        self._ended = False
        self.paused = False

    def read(self) -> bytes:
        """The next block; empty at the end."""
        if self._ended:
            return b""
        block = os.read(self._fd, BLOCK)
        if not block:
            self._ended = True
            return b".\r\n" if self._tail == b"\r\n" else b"\r\n.\r\n"
        if not self._dotted:
            self._tail = (self._tail + block[-2:])[-2:]
            return block
        # A line may begin right at the border: look at it together with the two octets before.
        whole = self._tail + block
        self._tail = whole[-2:]
        return whole.replace(b"\r\n.", b"\r\n..")[2:]

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def mail_line(message: Message, features: Mapping[str, str]) -> bytes:
    """MAIL with the parameters the server offers."""
    words = [f"MAIL FROM:<{message.sender}>"]
    if "SIZE" in features:
        words.append(f"SIZE={message.size}")
    if message.traits & Traits.EIGHT_BIT and "8BITMIME" in features:
        words.append("BODY=8BITMIME")
    if message.traits & Traits.SMTPUTF8:
        words.append("SMTPUTF8")
    if "DSN" in features:
        if message.ret:
            words.append(f"RET={message.ret}")
        if message.envid:
            words.append(f"ENVID={message.envid}")
    return (" ".join(words) + "\r\n").encode()


def rcpt_line(recipient: Recipient, *, dsn: bool) -> bytes:
    """RCPT, with RFC 3461 parameters if the server takes them."""
    line = f"RCPT TO:<{recipient.address}>"
    if dsn and recipient.notify:
        line += f" NOTIFY={recipient.notify}"
    if dsn and recipient.orcpt:
        line += f" ORCPT={recipient.orcpt}"
    return (line + "\r\n").encode()
