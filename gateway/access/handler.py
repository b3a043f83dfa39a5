"""The engine's hooks, answered by receiving control, with the incumbent's log lines."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Awaitable
from ipaddress import ip_address

from gateway.access.authentication import Accounts, Authenticator, Outcome
from gateway.access.policies import Limits, SmtpAuth, Tls
from gateway.access.receiving import Guest, ReceivingControl, Refusal
from gateway.access.sources import IpAddress, plain_address
from gateway.logs.maillog import MailLog, clean
from gateway.smtp import replies
from gateway.smtp.address import Mailbox
from gateway.smtp.handler import Answer
from gateway.smtp.session import Envelope, Session
from gateway.smtp.settings import ListenerSettings

GUEST = "guest"  # key in `session.facts`
LOCAL = ip_address("127.0.0.1")  # who comes in over a local socket


def reply_of(code: int, enhanced: str, text: str) -> bytes:
    """A reply; a line feed in `text`, which an administrator may have put there, breaks it into lines."""
    lines = [f"{enhanced} {line}" if enhanced else line for line in text.split("\n")]
    return replies.multiline(code, lines)


def peer_address(host: str) -> IpAddress:
    """The address the tables look up."""
    try:
        return plain_address(host.partition("%")[0])
    except ValueError:
        return LOCAL


def settings_under(settings: ListenerSettings, limits: Limits) -> ListenerSettings:
    """The listener's settings where the policy is not stricter."""
    required = settings.auth_required or limits.smtp_auth is SmtpAuth.REQUIRED
    sizes = [size for size in (settings.max_size, limits.max_message_size) if size]
    return dataclasses.replace(
        settings,
        max_size=min(sizes, default=0),
        max_recipients=min(settings.max_recipients, limits.max_rcpts_per_msg),
        tls=None if limits.tls is Tls.OFF else settings.tls,
        tls_required=settings.tls_required or limits.tls is Tls.REQUIRED,
        auth=settings.auth and (required or limits.smtp_auth is not SmtpAuth.OFF),
        auth_required=required,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Logins:
    """Who may authenticate at a listener; `failures_per_hour`: wrong passwords from one host, 0 is no limit."""

    authenticator: Authenticator
    accounts: Accounts
    failures_per_hour: int


class AccessHandler:
    """Hooks of one listener; made anew when the configuration changes."""

    def __init__(
        self,
        control: ReceivingControl,
        settings: ListenerSettings,
        log: MailLog,
        counters: Counter[str] | None = None,
        *,
        logins: Logins | None = None,
    ) -> None:
        """`counters`: goes up by `receiving.Cause` with every refusal. Without `logins` nobody has an account."""
        self._logins = logins
        self.counters: Counter[str] = Counter() if counters is None else counters
        self._control = control
        self._settings = settings
        self._log = log
        self._by_limits: dict[Limits, ListenerSettings] = {}

    def handle_CONNECT(self, session: Session) -> Answer:
        guest = self._control.greet(peer_address(session.host))
        if isinstance(guest, Guest):
            return self._admit(session, guest)
        return self._admit_later(session, guest)

    async def _admit_later(self, session: Session, guest: Awaitable[Guest]) -> bytes | None:
        return self._admit(session, await guest)

    def _admit(self, session: Session, guest: Guest) -> bytes | None:
        session.facts[GUEST] = guest
        session.reverse_name = guest.host.name
        session.verified = "yes" if guest.host.verified else "no"
        session.admission = guest.log
        session.outbound = guest.relays
        session.settings = self._settings_for(guest.limits)
        refusal = self._control.connect(guest)
        if refusal is None:
            banner = guest.limits.smtp_banner_text
            return reply_of(220, "", f"{self._settings.hostname} ESMTP {banner}") if banner else None
        self.counters[refusal.cause] += 1
        if refusal.log:
            session.admission += f"\n{refusal.log}"
        if refusal.silent:
            return b""
        return reply_of(refusal.code, refusal.enhanced, refusal.text)

    def _settings_for(self, limits: Limits) -> ListenerSettings:
        found = self._by_limits.get(limits)
        if found is None:
            found = self._by_limits[limits] = settings_under(self._settings, limits)
        return found

    def handle_EHLO(self, session: Session, hostname: str) -> Answer:
        return None

    def handle_MAIL(self, session: Session, envelope: Envelope, sender: Mailbox | None) -> Answer:
        answer = self._control.mail(session.facts[GUEST], sender, session.messages)
        if answer is None or isinstance(answer, Refusal):
            return self._refuse_sender(session, sender, answer)
        return self._refuse_sender_later(session, sender, answer)

    async def _refuse_sender_later(
        self, session: Session, sender: Mailbox | None, answer: Awaitable[Refusal | None]
    ) -> bytes | None:
        return self._refuse_sender(session, sender, await answer)

    def _refuse_sender(
        self, session: Session, sender: Mailbox | None, refusal: Refusal | None
    ) -> bytes | None:
        if refusal is None:
            return None
        self.counters[refusal.cause] += 1
        who = "" if refusal.close else f"Address: <{clean(str(sender or ''))}> sender rejected, "
        self._log.say(f"ICID {session.icid} {who}{refusal.log}")
        return reply_of(refusal.code, refusal.enhanced, refusal.text)

    def handle_RCPT(self, session: Session, envelope: Envelope, recipient: Mailbox) -> Answer:
        answer = self._control.recipient(
            session.facts[GUEST], envelope.sender, recipient, authenticated=bool(session.authenticated)
        )
        if not isinstance(answer, Refusal):
            return reply_of(*answer.reply) if answer.reply else None
        self.counters[answer.cause] += 1
        if answer.close:
            self._log.say(f"ICID {session.icid} {answer.log}")
        else:
            self._log.say(
                f"MID {envelope.mid} ICID {session.icid} To: <{clean(str(recipient))}> {answer.log}"
            )
        return reply_of(answer.code, answer.enhanced, answer.text)

    def handle_DATA(self, session: Session, envelope: Envelope) -> Answer:
        return None

    def handle_AUTH(self, session: Session, login: str, password: str) -> bool | Awaitable[bool | bytes]:
        if self._logins is None:
            return False
        return self._authenticate(self._logins, session, login, password)

    async def _authenticate(
        self, logins: Logins, session: Session, login: str, password: str
    ) -> bool | bytes:
        guest: Guest = session.facts[GUEST]
        outcome = await logins.authenticator.check(
            logins.accounts, guest.address, guest.limits, logins.failures_per_hour, login, password
        )
        if outcome is Outcome.BLOCKED:
            self.counters["auth_blocked"] += 1
            return replies.AUTH_BLOCKED
        return outcome is Outcome.GOOD

    def handle_CLOSE(self, session: Session) -> None:
        guest = session.facts.get(GUEST)
        if guest is not None:
            self._control.leave(guest)
