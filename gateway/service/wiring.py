"""From the configuration to the settings of the parts."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from gateway.access.policies import SmtpAuth
from gateway.config.elements.listener import Listener
from gateway.config.elements.logs import LogType
from gateway.config.errors import ConfigBroken
from gateway.config.model import Config
from gateway.delivery.dsn import Reporter
from gateway.delivery.notices import Notices
from gateway.delivery.ports import AgentSettings
from gateway.delivery.tls import BadCertificate, PemPair, use_pair
from gateway.logs.rollover import KEEP, SIZE
from gateway.queue.spool import SpoolLimits
from gateway.smtp.data import BareNewlines
from gateway.smtp.domain import typed_domain
from gateway.smtp.settings import ListenerSettings, Timeouts


@dataclass(frozen=True, slots=True)
class Places:
    """Where the service keeps things."""

    config: Path = Path("/configuration/config.xml")
    spool: Path = Path("/var/spool/mailward")
    log: Path = Path("/var/log/mailward")
    control: Path = Path("/run/mailward/control")

    @property
    def counters(self) -> Path:
        """What workers count together: gone with a reboot, kept over a restart."""
        return self.control.parent / "counters"

    @property
    def mail_log(self) -> Path:
        return self.log / "mail_logs" / "mail.current"

    @property
    def bounce_log(self) -> Path:
        return self.log / "bounce_logs" / "bounces.current"

    def worker_spool(self, index: int) -> Path:
        return self.spool / f"worker{index}"


def share(total: int, workers: int) -> int:
    """One worker's part of a limit; 0 stays no limit."""
    return -(-total // workers) if total else 0


def listener_settings(config: Config, listener: Listener, workers: int) -> ListenerSettings:
    """Raises ConfigBroken if the certificate cannot be used."""
    return ListenerSettings(
        name=listener.listener_name,
        hostname=config.hostname,
        interface=listener.interface_name,
        max_size=listener.max_message_size,
        max_recipients=listener.max_recipients,
        max_connections=share(listener.max_connections, workers),
        max_per_host=share(listener.max_connections_per_host, workers),
        newlines=BareNewlines(listener.bare_newlines.value),
        timeouts=Timeouts(
            command=listener.command_timeout, block=listener.data_timeout, rate=listener.minimum_rate
        ),
        tls=_server_context(config, listener),
        implicit_tls=listener.implicit_tls,
        tls_required=listener.tls_required,
        auth=listener.smtp_auth is not SmtpAuth.OFF,
        auth_required=listener.smtp_auth is SmtpAuth.REQUIRED,
        default_domain=typed_domain(listener.default_domain) if listener.default_domain else "",
    )


def _server_context(config: Config, listener: Listener) -> ssl.SSLContext | None:
    """By the name of a certificate of the configuration, or by the path of a file that holds both halves."""
    if not listener.certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    named = {c.certificate_name: PemPair(c.certificate, c.private_key) for c in config.certificates}
    try:
        if pair := named.get(listener.certificate):
            use_pair(context, listener.certificate, pair)
        else:
            context.load_cert_chain(listener.certificate)
    except (OSError, ssl.SSLError, BadCertificate) as error:
        reason = error.fields["reason"] if isinstance(error, BadCertificate) else error
        why = f"listener {listener.listener_name}: certificate {listener.certificate}: {reason}"
        raise ConfigBroken(path="configuration", problems=why, count=1) from error
    return context


def notices(config: Config) -> Notices:
    return Notices(Reporter(config.hostname))


def agent_settings(config: Config, workers: int) -> AgentSettings:
    return AgentSettings(config.hostname, workers=workers)


def spool_limits(config: Config, workers: int) -> SpoolLimits:
    limits = config.limits
    return SpoolLimits(
        share(limits.queue_size, workers), share(limits.queue_messages, workers), limits.reserve
    )


def rollover(config: Config, kind: LogType) -> tuple[int, int]:
    """Octets at which the log of this kind is closed, and how many closed ones are kept: of its first subscription."""
    for subscription in config.log_subscriptions:
        if subscription.log_type is kind:
            return subscription.rollover_size, subscription.maximum_files
    return SIZE, KEEP
