"""Words and lines for failed recipients, in the shapes of the incumbent's bounce log."""

from __future__ import annotations

from enum import StrEnum

from gateway.delivery.mx import PlanStatus
from gateway.delivery.response import Response, Stage, Verdict

UNKNOWN_ADDRESS = ("1.0", "Unknown address error")
OTHER = ("3.0", "Other mail system problem")
NOT_ACCEPTING = ("3.2", "Not accepting messages at this time")
_BY_STAGE = {
    Stage.CONNECT: ("4.0", "Other network problem"),
    Stage.GREETING: NOT_ACCEPTING,
    Stage.HELLO: NOT_ACCEPTING,
    Stage.TLS: ("7.5", "Secure connection not possible"),
    Stage.RECIPIENT: UNKNOWN_ADDRESS,
}
EXPIRED = ("5.4.7", "Delivery expired (message too old)")

# How a plan without hosts ends: enhanced status and words. A leading 4 keeps the mail.
OF_PLAN = {
    PlanStatus.NULL_MX: ("5.1.10", "Recipient domain does not accept mail"),
    PlanStatus.ABSENT: ("5.1.2", "Bad destination host"),
    PlanStatus.NO_ADDRESS: ("5.4.4", "Unable to route to destination host"),
    PlanStatus.LOOP: ("5.4.6", "Routing loop detected"),
    PlanStatus.FAILED: ("4.4.3", "Directory server failure"),
}
_ROUTE_WORDS = dict(OF_PLAN.values())


class Outcome(StrEnum):
    """First word of a line."""

    BOUNCED = "Bounced"
    DELAYED = "Delayed"


def classify(response: Response) -> tuple[str, str]:
    """Status and words of the log, by stage; the server's own status stays in the quoted reply."""
    if response.stage is Stage.ROUTE:
        return response.status, _ROUTE_WORDS.get(response.status, OTHER[1])
    kind = "5" if response.verdict is Verdict.HARD else "4"
    detail, words = NOT_ACCEPTING if response.code == 421 else _BY_STAGE.get(response.stage, OTHER)
    if response.stage is Stage.CONNECT:
        detail, words = _BY_STAGE[Stage.CONNECT]
    return f"{kind}.{detail}", words


def line(
    outcome: Outcome,
    *,
    dcid: int,
    mid: int,
    rid: int,
    status: str,
    words: str,
    response: Response,
    envelope: tuple[str, str] | None = None,
) -> str:
    """`Bounced: DCID 2 MID 15232 From:<> To:<> RID 0 - 5.1.0 - Unknown address error ('550', ['5.1.1 ...'])`.

    That is the bounce log's; without `envelope` (sender, recipient) it is the mail log's, which has `to RID
    0`. `repr` quotes the server's words, so nothing in them can forge a second line. Code 000: no server
    spoke.
    """
    spoke = response.stage not in (Stage.ROUTE, Stage.CONNECT)
    code = f"{response.code:03d}" if spoke else "000"
    said = f"{response.enhanced} {response.text}".strip() if spoke else response.text
    whom = f"From:<{_plain(envelope[0])}> To:<{_plain(envelope[1])}>" if envelope is not None else "to"
    return (
        f"{outcome.value}: DCID {dcid} MID {mid} {whom} RID {rid} - {status} - {words} ({code!r}, {[said]!r})"
    )


def _plain(address: str) -> str:
    return address if address.isprintable() else ascii(address)[1:-1]
