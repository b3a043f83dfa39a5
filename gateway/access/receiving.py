"""Receiving control: what the access layer says at each step of a connection (G1).

One object per listener, made anew when the configuration changes. It knows no protocol and no socket: it is
given what the client said and returns a `Refusal` or None. The order of questions is the incumbent's: host
access table at the start; sender verification at MAIL; recipient access table, then limits per hour, at RCPT.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.access.dns import Lookup
from gateway.access.hat import Decision, HostAccessTable, Peer
from gateway.access.limits import SenderLimits
from gateway.access.policies import AccessRule, Limits
from gateway.access.rat import Option, RecipientAccessTable, RecipientRule
from gateway.access.reputation import NOT_ENABLED, Reputation, Standing
from gateway.access.sources import IpAddress
from gateway.access.verify import (
    NO_EXCEPTIONS,
    UNKNOWN_HOST,
    Exemption,
    HostName,
    SenderExceptions,
    SenderState,
    ask_lists,
    verify_host,
    verify_sender,
)
from gateway.smtp.address import Mailbox


class Cause(StrEnum):
    """Why something was refused; the value is the name of the counter that goes up."""

    REJECT = "connections_rejected"
    TCPREFUSE = "connections_tcprefused"
    CONCURRENCY = "connections_over_limit"
    SESSION = "sessions_over_limit"
    SENDER = "senders_rejected"
    RECIPIENT = "recipients_not_in_rat"
    RATE = "recipients_over_limit"
    HARVEST = "harvest_attempts"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What to answer, what to log, and whether the connection ends with it.

    Attributes:
        text: the reply's text; a line feed in it makes it a reply of several lines.
        log: the end of the log line, after MID, ICID and address; empty if nothing is logged.
        silent: close without a word (TCPREFUSE).
    """

    cause: Cause
    code: int
    enhanced: str
    text: str
    log: str = ""
    close: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A recipient is taken; `reply` is the administrator's own, as (code, enhanced, text)."""

    reply: tuple[int, str, str] | None = None


@dataclass(slots=True)
class Guest:
    """A connected peer and what was decided about it."""

    address: IpAddress
    host: HostName
    standing: Standing
    decision: Decision
    counted: bool = field(default=False)  # among the connections of its address

    @property
    def limits(self) -> Limits:
        return self.decision.limits

    @property
    def relays(self) -> bool:
        return self.decision.rule is AccessRule.RELAY

    @property
    def log(self) -> str:
        """The end of the log line: ``ACCEPT SG SUSPECTLIST match sbrs[-2.0:-1.0] SBRS -1.5``."""
        decision = self.decision
        return (
            f"{decision.rule} SG {decision.group or 'None'} match {decision.source} SBRS {self.standing.text}"
        )


_SENDERS = {
    SenderState.NO_DOMAIN: Refusal(
        Cause.SENDER,
        553,
        "5.5.4",
        "Domain required for sender address",
        "envelope sender has no usable domain",
    ),
    SenderState.ABSENT: Refusal(
        Cause.SENDER,
        553,
        "5.1.8",
        "Domain of sender address does not exist",
        "envelope sender domain does not exist",
    ),
    SenderState.NULL_MX: Refusal(  # RFC 7505 section 4.2
        Cause.SENDER,
        550,
        "5.7.27",
        "Domain of sender address takes no mail",
        "envelope sender domain takes no mail",
    ),
    SenderState.FAILED: Refusal(
        Cause.SENDER,
        451,
        "4.1.8",
        "Domain of sender address does not resolve",
        "envelope sender domain could not be resolved",
    ),
}
_SENDER_EXEMPTED = Refusal(
    Cause.SENDER, 553, "5.7.1", "Sender address rejected", "envelope sender matched domain exception"
)
_TOO_MANY_MESSAGES = Refusal(
    Cause.SESSION,
    421,
    "4.7.0",
    "Too many messages in this session",
    "Too many messages in this session",
    close=True,
)
_TOO_MANY_CONNECTIONS = Refusal(
    Cause.CONCURRENCY,
    421,
    "4.7.0",
    "Too many connections from your host",
    "Receiving Failed: Connection limit exceeded",
    close=True,
)
_TCPREFUSE = Refusal(Cause.TCPREFUSE, 554, "", "", silent=True, close=True)
_NOT_TAKEN = Refusal(Cause.RECIPIENT, 550, "5.1.0", "Address rejected", "Rejected by RAT")
_TOO_MANY_FROM_SENDER = Refusal(
    Cause.RATE, 452, "4.7.1", "Too many recipients from this sender", "Rejected by Receiving Control"
)


def _harvest(guest: Guest) -> Refusal:
    log = (
        "Dropping connection due to potential Directory Harvest Attack from "
        f"host=('{guest.address}', '{guest.host.name}'), dhap_limit={guest.limits.dhap_limit}, "
        f"sender_group={guest.decision.group or 'None'}"
    )
    return Refusal(Cause.HARVEST, 421, "4.7.1", "Too many invalid recipients", log, close=True)


class ReceivingControl:
    """All of it, for one listener."""

    def __init__(
        self,
        hosts: HostAccessTable,
        recipients: RecipientAccessTable,
        senders: SenderLimits,
        lookup: Lookup | None = None,
        *,
        reputation: Reputation | None = None,
        exceptions: SenderExceptions = NO_EXCEPTIONS,
        deadline: float = 5.0,
    ) -> None:
        """Without a `lookup` nothing is asked of DNS: hosts are unknown and senders pass.

        `deadline`: seconds for all questions about one peer or one sender.
        """
        self._hosts = hosts
        self._recipients = recipients
        self._senders = senders
        self._lookup = lookup
        self._reputation = reputation if hosts.needs_score else None
        self._exceptions = exceptions
        self._deadline = deadline

    def greet(self, address: IpAddress) -> Guest | Awaitable[Guest]:
        """Decide about a new connection; at once if nothing has to be asked."""
        # DNS has nothing to say about this host itself (RFC 6761 section 6.3).
        lookup = None if address.is_loopback else self._lookup
        if lookup is None and self._reputation is None:
            return Guest(address, UNKNOWN_HOST, NOT_ENABLED, self._hosts.decide(Peer(address)))
        return self._greet(address, lookup)

    async def _greet(self, address: IpAddress, lookup: Lookup | None) -> Guest:
        host, standing = await asyncio.gather(self._host(address, lookup), self._standing(address))
        peer = Peer(address, host.name, host.dns, standing.score)
        if lookup is not None and (zones := self._hosts.zones(peer)):
            listed = await ask_lists(address, zones, lookup, deadline=self._deadline)
            peer = Peer(address, host.name, host.dns, standing.score, listed)
        return Guest(address, host, standing, self._hosts.decide(peer))

    async def _host(self, address: IpAddress, lookup: Lookup | None) -> HostName:
        return await verify_host(address, lookup, deadline=self._deadline) if lookup else UNKNOWN_HOST

    async def _standing(self, address: IpAddress) -> Standing:
        return await self._reputation(address) if self._reputation else NOT_ENABLED

    def connect(self, guest: Guest) -> Refusal | None:
        """May it stay? Counts it among the connections of its address if so; `leave` takes it off."""
        limits = guest.limits
        match guest.decision.rule:
            case AccessRule.TCPREFUSE:
                return _TCPREFUSE
            case AccessRule.REJECT:
                text = limits.reject_banner_text or "Access denied"
                return Refusal(Cause.REJECT, limits.reject_banner_code, "", text, close=True)
            case _:
                guest.counted = self._senders.connect(guest.address, limits)
                return None if guest.counted else _TOO_MANY_CONNECTIONS

    def leave(self, guest: Guest) -> None:
        """The connection has ended."""
        if guest.counted:
            guest.counted = False
            self._senders.disconnect(guest.address)

    def mail(
        self, guest: Guest, sender: Mailbox | None, messages: int
    ) -> Refusal | Awaitable[Refusal | None] | None:
        """A transaction begins. `messages`: how many this connection has brought already."""
        limits = guest.limits
        if messages >= limits.max_msgs_per_session:
            return _TOO_MANY_MESSAGES
        if limits.sender_exceptions:
            match self._exceptions.find(sender):
                case Exemption.REJECT:
                    return _SENDER_EXEMPTED
                case Exemption.ALLOW:
                    return None
                case None:
                    pass
        if limits.sender_verify and self._lookup is not None and sender is not None:
            return self._verify(sender, self._lookup)
        return None

    async def _verify(self, sender: Mailbox, lookup: Lookup) -> Refusal | None:
        return _SENDERS.get(await verify_sender(sender, lookup, deadline=self._deadline))

    def recipient(
        self, guest: Guest, sender: Mailbox | None, recipient: Mailbox, *, authenticated: bool = False
    ) -> Refusal | Taken:
        """One more recipient: may this guest send to it, and does it have any left this hour?

        The bare Postmaster is always taken (RFC 5321 section 4.5.1).
        """
        taken, bypass = Taken(), False
        if self._senders.harvesting(guest.address, guest.limits):
            return _harvest(guest)
        if not guest.relays and not authenticated and recipient.domain:
            entry = self._recipients.decide(recipient)
            response = entry.response
            reply = (response.code, response.enhanced, response.text) if response else None
            if entry.rule is RecipientRule.REJECT:
                return self._not_taken(guest, reply)
            bypass = Option.BYPASS_RECEIVING_CONTROL in entry.options
            taken = Taken(reply)
        if bypass:
            return taken
        limits = guest.limits
        if not self._senders.envelope_sender(sender, limits):
            return _TOO_MANY_FROM_SENDER
        if not self._senders.recipient(guest.address, limits):
            return Refusal(
                Cause.RATE,
                limits.max_rcpts_per_hour_code,
                "4.7.1" if limits.max_rcpts_per_hour_code < 500 else "5.7.1",
                limits.max_rcpts_per_hour_text,
                "Rejected by Receiving Control",
            )
        return taken

    def _not_taken(self, guest: Guest, reply: tuple[int, str, str] | None) -> Refusal:
        if not self._senders.invalid_recipient(guest.address, guest.limits):
            return _harvest(guest)
        return Refusal(Cause.RECIPIENT, *reply, _NOT_TAKEN.log) if reply else _NOT_TAKEN
