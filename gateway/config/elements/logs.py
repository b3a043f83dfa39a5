"""Log subscriptions: what is written, and where it goes (G16–G20, U20)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from gateway.config.types import Element, Label, Name, Port, items, secret

BUFFER_AT_MOST = 1 << 30  # octets: G18, U20


class LogType(StrEnum):
    MAIL = "mail"
    BOUNCE = "bounce"
    AUDIT = "audit"
    SYSTEM = "system"
    CONSOLIDATED = "consolidated-event"
    CONFIGURATION_HISTORY = "configuration-history"
    UPGRADE = "upgrade"


class LogLevel(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    INFORMATION = "information"
    DEBUG = "debug"
    TRACE = "trace"


class Retrieval(StrEnum):
    """How a log leaves the appliance."""

    MANUAL = "manual"
    FTP = "ftp-push"
    SCP = "scp-push"
    SYSLOG = "syslog-push"
    S3 = "s3-push"


class SyslogProtocol(StrEnum):
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class LogSubscription(Element):
    """One log (`logconfig`)."""

    log_name: Name
    log_type: LogType
    level: LogLevel | None = Field(
        default=None, description="Left out: information; of an audit log, debug (G20)"
    )
    rollover_size: int = Field(default=10 << 20, ge=100 << 10, le=1 << 40, description="Octets")
    maximum_files: int = Field(default=10, ge=1, le=1000)
    retrieval: Retrieval = Retrieval.MANUAL
    host: str = Field(default="", description="Where to push to")
    port: Port | None = None
    protocol: SyslogProtocol = SyslogProtocol.UDP
    disk_buffer: int = Field(
        default=0, ge=0, le=BUFFER_AT_MOST, description="Octets kept while the syslog server is away (G18)"
    )
    user_name: str = ""
    directory: str = Field(default="", description="On the server; of S3: bucket/dir (G19)")
    passphrase: str = secret(default="")

    @model_validator(mode="after")
    def _whole(self) -> LogSubscription:
        if self.retrieval is not Retrieval.MANUAL and self.retrieval is not Retrieval.S3 and not self.host:
            raise ValueError(f"{self.retrieval} needs a host")
        if self.disk_buffer and (
            self.retrieval is not Retrieval.SYSLOG or self.protocol is SyslogProtocol.UDP
        ):
            raise ValueError("disk_buffer is for syslog-push over tcp or tls")
        return self


class Updates(Element):
    """Where releases and updates come from (`updateconfig`)."""

    release_server: str = Field(default="", description="URL or folder of releases")
    trusted_certificates: list[str] = items(
        "certificate", description="Authorities of update servers (A4), PEM"
    )
    service_logs: bool = Field(default=False, description="Limited telemetry for phishing detection (U16)")


class QuotaSetting(Element):
    """An area's size of the administrator's own (`diskquotaconfig`, H4)."""

    area: Label
    size: int = Field(ge=1, description="Octets")
