"""Mail flow policies: an access rule and the settings that go with it (G1).

`SETTINGS` is the one table of them: name in the text form, field, kind, range. The importer, the exporter and
the configuration read it. A setting that a policy leaves out is the listener's default's.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

MIB = 1024 * 1024


class AccessRule(StrEnum):
    """What happens to a connection that matched."""

    ACCEPT = "ACCEPT"  # recipients go through the recipient access table
    RELAY = "RELAY"  # any recipient is taken
    REJECT = "REJECT"  # greeted with 554 and closed
    TCPREFUSE = "TCPREFUSE"  # closed without a word
    CONTINUE = "CONTINUE"  # the entry is passed over


class Tls(StrEnum):
    OFF = "off"
    PREFERRED = "preferred"
    REQUIRED = "required"


class SmtpAuth(StrEnum):
    OFF = "off"
    PREFERRED = "preferred"
    REQUIRED = "required"


class Kind(StrEnum):
    NUMBER = "number"
    SWITCH = "switch"
    TEXT = "text"
    TLS = "tls"
    AUTH = "auth"


Value = int | bool | str


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its kind, and the range if it is a number (both ends allowed)."""

    kind: Kind
    low: int = 0
    high: int = 2**31 - 1

    @property
    def allowed(self) -> str:
        """For people: what may be written."""
        return _ALLOWED[self.kind].format(low=self.low, high=self.high)

    def read(self, text: str, *, quoted: bool) -> Value:
        """The value in a table's text form; ValueError if it is not allowed."""
        match self.kind:
            case Kind.NUMBER:
                if not _NUMBER.match(text) or not self.low <= int(text) <= self.high:
                    raise ValueError(text)
                return int(text)
            case Kind.SWITCH:
                return _SWITCH[text.lower()]
            case Kind.TLS:
                return Tls(_TLS_WORDS.get(text.lower(), text.lower()))
            case Kind.AUTH:
                return SmtpAuth(text.lower())
            case Kind.TEXT:
                # It goes to clients in replies, whose lines only a \n may break.
                if not quoted or len(text) > 1000 or not text.replace("\n", "").isprintable():
                    raise ValueError(text)
                return text

    def write(self, value: Value) -> str:
        """The text form, without quotes."""
        return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


_NUMBER = re.compile(r"-?[0-9]{1,12}\Z")
_SWITCH = {"on": True, "off": False}
_TLS_WORDS = {"on": "preferred", "req": "required", "pref": "preferred"}
_ALLOWED = {
    Kind.NUMBER: "a number from {low} to {high}",
    Kind.SWITCH: '"on" or "off"',
    Kind.TEXT: "a text in double quotes of at most 1000 characters",
    Kind.TLS: '"off", "preferred" or "required"',
    Kind.AUTH: '"off", "preferred" or "required"',
}

_COUNT = Setting(Kind.NUMBER, low=1)
_CODE = Setting(Kind.NUMBER, low=400, high=599)

SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "max_msgs_per_session": _COUNT,
        "max_rcpts_per_msg": _COUNT,
        "max_message_size": Setting(Kind.NUMBER, low=1024),  # octets
        "max_concurrency": _COUNT,  # connections per peer at a time, over all workers
        "max_rcpts_per_hour": Setting(Kind.NUMBER, low=-1),  # -1: no limit
        "max_rcpts_per_hour_code": _CODE,
        "max_rcpts_per_hour_text": Setting(Kind.TEXT),
        "max_rcpts_per_envsender": Setting(Kind.NUMBER, low=-1),  # -1: no limit
        "envsender_interval": Setting(Kind.NUMBER, low=1, high=1440),  # minutes
        # How much of an address counts as one peer, for the limits per hour.
        "significant_bits": Setting(Kind.NUMBER, low=8, high=32),
        "significant_bits6": Setting(Kind.NUMBER, low=16, high=128),
        "dhap_limit": Setting(Kind.NUMBER),  # refused recipients per hour; 0: no limit
        "smtp_banner_text": Setting(Kind.TEXT),
        "reject_banner_code": _CODE,
        "reject_banner_text": Setting(Kind.TEXT),
        "use_sb": Setting(Kind.SWITCH),  # ask the reputation service about the peer
        "spam_check": Setting(Kind.SWITCH),
        "virus_check": Setting(Kind.SWITCH),
        "tls": Setting(Kind.TLS),
        "smtp_auth": Setting(Kind.AUTH),
        "sender_verify": Setting(Kind.SWITCH),  # does the envelope sender's domain exist
        "sender_exceptions": Setting(Kind.SWITCH),  # look into the exception table
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings in force, every one of them filled in. Names, units and ranges: `SETTINGS`."""

    max_msgs_per_session: int = 1000
    max_rcpts_per_msg: int = 1000
    max_message_size: int = 100 * MIB
    max_concurrency: int = 1000
    max_rcpts_per_hour: int = -1
    max_rcpts_per_hour_code: int = 452
    max_rcpts_per_hour_text: str = "Too many recipients received this hour"
    max_rcpts_per_envsender: int = -1
    envsender_interval: int = 60
    significant_bits: int = 32
    significant_bits6: int = 64
    dhap_limit: int = 0
    smtp_banner_text: str = ""
    reject_banner_code: int = 554
    reject_banner_text: str = ""
    use_sb: bool = True
    spam_check: bool = True
    virus_check: bool = True
    tls: Tls = Tls.OFF
    smtp_auth: SmtpAuth = SmtpAuth.OFF
    sender_verify: bool = False
    sender_exceptions: bool = False

    def with_(self, settings: Mapping[str, Value]) -> Limits:
        """These with some replaced."""
        return dataclasses.replace(self, **settings) if settings else self  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class MailFlowPolicy:
    """A named policy; `name` goes without the dollar sign. `settings` holds what it sets itself."""

    name: str
    rule: AccessRule
    settings: Mapping[str, Value] = field(default_factory=dict)


DEFAULT_LIMITS = Limits()

# §1.5 of the gateway facts: the incumbent's predefined policies and figures. Whether TLS is offered they
# leave to the listener: off without a certificate, as the facts have it, and preferred with one.
ACCEPTED = MailFlowPolicy(
    "ACCEPTED",
    AccessRule.ACCEPT,
    {
        "max_msgs_per_session": 1000,
        "max_rcpts_per_msg": 1000,
        "max_message_size": 100 * MIB,
        "max_concurrency": 1000,
        "spam_check": True,
    },
)
THROTTLED = MailFlowPolicy(
    "THROTTLED",
    AccessRule.ACCEPT,
    {
        "max_msgs_per_session": 10,
        "max_rcpts_per_msg": 20,
        "max_message_size": 1 * MIB,
        "max_concurrency": 10,
        "max_rcpts_per_hour": 20,
        "spam_check": True,
        "sender_verify": True,
    },
)
TRUSTED = MailFlowPolicy(
    "TRUSTED",
    AccessRule.ACCEPT,
    {
        "max_msgs_per_session": 1000,
        "max_rcpts_per_msg": 1000,
        "max_message_size": 100 * MIB,
        "max_concurrency": 1000,
        "max_rcpts_per_hour": -1,
        "dhap_limit": 0,
        "use_sb": False,
        "spam_check": False,
    },
)
BLOCKED = MailFlowPolicy("BLOCKED", AccessRule.REJECT)
RELAYED = MailFlowPolicy(
    "RELAYED", AccessRule.RELAY, {"max_rcpts_per_hour": -1, "use_sb": False, "spam_check": False}
)
