"""A worker's access layer: counters shared with the other workers, and a handler per listener."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from gateway.access import hat
from gateway.access.authentication import Authenticator
from gateway.access.dns import Lookup
from gateway.access.handler import AccessHandler, Logins
from gateway.access.hat_text import parse_hat
from gateway.access.limits import SenderLimits
from gateway.access.passwords import PasswordHash, account_name
from gateway.access.policies import MIB, Limits, SmtpAuth, Tls
from gateway.access.proxygate import ProxiedConnections
from gateway.access.rat import (
    ALL,
    EVERYONE_REJECTED,
    RatEntry,
    RecipientAccessTable,
    RecipientRule,
    parse_rat,
    parse_recipient,
)
from gateway.access.receiving import ReceivingControl
from gateway.access.reputation import LocalReputation
from gateway.access.shared import Gauges, SharedTable, Windows
from gateway.access.sources import Addresses, parse_source
from gateway.access.verify import SenderExceptions
from gateway.config.elements.listener import Listener, ListenerType
from gateway.config.model import Config
from gateway.logs.maillog import MailLog
from gateway.smtp.settings import ListenerSettings


class Gate:
    """Built once per worker; `configure` when the configuration changes, `close` at the end.

    `counters` has what was refused, by `receiving.Cause`.
    """

    def __init__(
        self, counters: Path, worker: int, workers: int, config: Config, log: MailLog, lookup: Lookup
    ) -> None:
        """Raises TableInUse if another process counts as this worker, NoCounters if there is no folder."""
        # A worker beyond the number only empties a spool that was left over, but has files of its own too.
        known = max(workers, worker + 1)
        rates = SharedTable(counters / "rates", worker, known)
        connections = SharedTable(counters / "connections", worker, known, clear=True)
        self._tables = (rates, connections)
        self._senders = SenderLimits(Windows(rates), Gauges(connections))
        self._authenticator = Authenticator(self._senders)
        self._log = log
        self.counters: Counter[str] = Counter()
        self.configure(config, lookup)

    def configure(self, config: Config, lookup: Lookup) -> None:
        """Take a new configuration; handlers made before keep theirs."""
        self._config = config
        self._lookup = lookup
        entries = []
        for entry in config.ip_reputation:
            source = parse_source(entry.addresses)
            assert isinstance(source, Addresses)
            entries.append((source, entry.score))
        self._reputation = LocalReputation(entries) if entries else None
        self._exceptions = SenderExceptions(
            tuple((item.sender, item.behavior) for item in config.sender_verification_exceptions)
        )

    def handler(self, listener: Listener, settings: ListenerSettings) -> AccessHandler:
        """The hooks for one listener under the present configuration."""
        control = ReceivingControl(
            host_table(listener),
            recipient_table(listener),
            self._senders,
            self._lookup,
            reputation=self._reputation,
            exceptions=self._exceptions,
            deadline=self._config.dns.verification_timeout,
        )
        return AccessHandler(control, settings, self._log, self.counters, logins=self._logins(listener))

    def _logins(self, listener: Listener) -> Logins | None:
        if listener.smtp_auth is SmtpAuth.OFF:
            return None
        accounts = {
            account_name(user.user_name): PasswordHash.parse(user.password_hash)
            for user in self._config.smtp_auth_users
            if not user.listeners or listener.listener_name in user.listeners
        }
        return Logins(self._authenticator, accounts, listener.auth_failures_per_hour)

    def proxies(self, listener: Listener) -> ProxiedConnections | None:
        """Who has to send a PROXY header to this listener."""
        return ProxiedConnections(listener.trusted_proxies) if listener.trusted_proxies else None

    def close(self) -> None:
        """Let a successor have this worker's tables."""
        for table in self._tables:
            table.close()


def default_limits(listener: Listener) -> Limits:
    """What the listener's policies leave out."""
    tls = Tls.REQUIRED if listener.tls_required else Tls.PREFERRED if listener.certificate else Tls.OFF
    return Limits(
        max_message_size=listener.max_message_size or 1024 * MIB,
        max_rcpts_per_msg=listener.max_recipients,
        tls=tls,
        smtp_auth=listener.smtp_auth,
    )


def host_table(listener: Listener) -> hat.HostAccessTable:
    """The listener's host access table; predefined if it has none of its own."""
    default = default_limits(listener)
    if listener.hat:
        return parse_hat(listener.hat, default)
    predefined = hat.private_table if listener.listener_type is ListenerType.PRIVATE else hat.public_table
    return predefined(listener.relay_hosts, default)


def recipient_table(listener: Listener) -> RecipientAccessTable:
    """The listener's recipient access table; made of its accepted domains if it has none of its own."""
    if listener.rat:
        return parse_rat(listener.rat)
    names = [parse_recipient(name) for name in listener.accepted_domains]
    accepted = [RatEntry(name, RecipientRule.ACCEPT) for name in names if name != ALL]
    last = RatEntry(ALL, RecipientRule.ACCEPT) if ALL in names else EVERYONE_REJECTED
    return RecipientAccessTable((*accepted, last))
