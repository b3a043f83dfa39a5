"""The release's own document is signed by a key of the site's, and is about the release that is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from mailward.errors import Rejected
from mailward.version import Version
from upgrade.catalogue.document import Verifier, parse_signed
from upgrade.preflight.check import Answer, Moment, Severity

FETCH_AGAIN = "Get the release again from where it was published"


@dataclass(frozen=True, slots=True)
class Offer:
    """release.json and its signature, as they were fetched."""

    document: bytes
    signature: bytes


def judge(offer: Offer | None, target: Version, verifier: Verifier, moment: Moment) -> Answer:
    """Without an offer nothing was fetched yet; that is no reason to block before the upgrade begins."""
    if offer is None:
        severity = Severity.BLOCK if moment is Moment.INSTALL else Severity.WARN
        return Answer(
            severity,
            f"{target} was not fetched yet: its signature is checked before it is installed",
            "Fetch the release first" if severity is Severity.BLOCK else "",
        )
    try:
        release = parse_signed(offer.document, offer.signature, verifier)
    except Rejected as refusal:
        return Answer(Severity.BLOCK, refusal.explain(), refusal.hint() or FETCH_AGAIN)
    if release.id != target:
        return Answer(Severity.BLOCK, f"the signed release is {release.id}, not {target}", FETCH_AGAIN)
    return Answer(Severity.PASS, f"the signature over {target} holds")
