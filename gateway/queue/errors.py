"""What can go wrong with the spool."""

from __future__ import annotations

from mailward.errors import Failed, Rejected


class SpoolBroken(Failed):
    key = "spool.broken"
    sentence = "Cannot use the spool {path}: {why}"
    remedy = "Check that the disk is writable for the mail service and has room; the queue is left as it is"


class NoSuchMessage(Rejected):
    key = "queue.no-message"
    sentence = "There is no message {mid} in the queue"
    remedy = "List messages with `mailward queue show`"
