"""The host access table: entries from top to bottom, the first that matches decides (G1).

An entry is a sender group with its sources and the policy it gets, or a single source with a rule of its
own. The last entry is ALL. Matching does not walk the table: `HostIndex` answers "the lowest position that
matches" from dictionaries and one bisection per address family, so 10,000 sources cost what ten do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gateway.access.index import HostIndex
from gateway.access.policies import (
    ACCEPTED,
    BLOCKED,
    DEFAULT_LIMITS,
    RELAYED,
    THROTTLED,
    TRUSTED,
    AccessRule,
    Limits,
    MailFlowPolicy,
)
from gateway.access.sources import Everyone, HostDns, IpAddress, NoScore, Score, Source, parse_source


@dataclass(frozen=True, slots=True)
class Member:
    """One source of a group, with the administrator's comment."""

    source: Source
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the table.

    Attributes:
        group: the sender group's name; empty for a single source that stands on its own.
        members: its sources; a single one if there is no group.
        policy: the name of a mail flow policy without the dollar sign, or a rule of the entry's own.
    """

    group: str
    members: tuple[Member, ...]
    policy: str | AccessRule
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Peer:
    """What is known of a client when it connects.

    Attributes:
        host: name its PTR record gives, in A-labels; used only if `dns` says verified, else anybody who runs
            a reverse zone could pass for a trusted host.
        score: IP reputation score, None if there is none.
        listed: DNS lists it was looked up in, with the outcome; those missing were not asked.
    """

    address: IpAddress
    host: str = ""
    dns: HostDns = HostDns.NOT_ASKED
    score: float | None = None
    listed: Mapping[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the table says about a peer.

    Attributes:
        source: the source that matched, for the log line.
        policy: the policy's name without the dollar sign; empty if the entry has a rule of its own.
    """

    rule: AccessRule
    group: str
    source: Source
    policy: str
    limits: Limits


@dataclass(frozen=True)
class HostAccessTable:
    """A whole table. `policies` are in the order they are listed; `default` fills in what they leave out.

    Whoever builds one keeps to what `check` demands; `gateway.access.hat_text` does.
    """

    policies: tuple[MailFlowPolicy, ...]
    entries: tuple[Entry, ...]
    default: Limits = DEFAULT_LIMITS

    @cached_property
    def policy(self) -> Mapping[str, MailFlowPolicy]:
        """Policies by name."""
        return {policy.name: policy for policy in self.policies}

    @cached_property
    def _limits(self) -> Mapping[str, Limits]:
        return {policy.name: self.default.with_(policy.settings) for policy in self.policies}

    def rule_of(self, entry: Entry) -> AccessRule:
        """The rule that an entry comes down to."""
        return entry.policy if isinstance(entry.policy, AccessRule) else self.policy[entry.policy].rule

    @cached_property
    def _index(self) -> HostIndex[tuple[Entry, Source]]:
        return HostIndex(
            (member.source, (entry, member.source))
            for entry in self.entries
            # CONTINUE: the entry is passed over, as if it were not there.
            if self.rule_of(entry) is not AccessRule.CONTINUE
            for member in entry.members
        )

    def decide(self, peer: Peer) -> Decision:
        """The first entry that matches; always one, because the last is ALL.

        A DNS list that `peer.listed` does not name counts as not listing the peer: ask `zones` first.
        """
        entry, source = self._index.first(peer)
        name = entry.policy
        if isinstance(name, AccessRule):
            return Decision(name, entry.group, source, "", self.default)
        return Decision(self.policy[name].rule, entry.group, source, name, self._limits[name])

    def zones(self, peer: Peer) -> tuple[str, ...]:
        """DNS lists whose answer could change the decision about this peer; mostly none, so no lookup."""
        return self._index.zones(peer)

    @cached_property
    def needs_score(self) -> bool:
        """True if any entry looks at the reputation score."""
        return any(isinstance(m.source, Score | NoScore) for entry in self.entries for m in entry.members)


def _group(name: str, policy: MailFlowPolicy, comment: str, *sources: str) -> Entry:
    return Entry(name, tuple(Member(parse_source(source)) for source in sources), policy.name, comment)


def _all(policy: MailFlowPolicy) -> Entry:
    return Entry("", (Member(Everyone()),), policy.name)


def public_table(relays: Sequence[str] = (), default: Limits = DEFAULT_LIMITS) -> HostAccessTable:
    """What a new public listener starts with: reputation bands and ACCEPTED for the rest.

    The bands are those of the incumbent's conservative setting; `relays` are hosts that may relay.
    """
    return HostAccessTable(
        (TRUSTED, BLOCKED, THROTTLED, ACCEPTED, RELAYED),
        (
            _group("RELAYLIST", RELAYED, "Hosts that may relay", *relays),
            _group("ALLOWLIST", TRUSTED, "Trusted senders are not scanned for spam nor rate limited"),
            _group("BLOCKLIST", BLOCKED, "Spammers are rejected", "sbrs[-10.0:-3.0]"),
            _group("SUSPECTLIST", THROTTLED, "Suspicious senders are throttled", "sbrs[-3.0:-1.0]"),
            _group("UNKNOWNLIST", ACCEPTED, "Undecided, accepted as usual", "sbrs[-1.0:10.0]", "sbrs[none]"),
            _all(ACCEPTED),
        ),
        default,
    )


def private_table(relays: Sequence[str] = (), default: Limits = DEFAULT_LIMITS) -> HostAccessTable:
    """What a new private listener starts with: the given hosts relay, everybody else is rejected."""
    return HostAccessTable(
        (RELAYED, BLOCKED),
        (_group("RELAYLIST", RELAYED, "Hosts that may relay", *relays), _all(BLOCKED)),
        default,
    )
