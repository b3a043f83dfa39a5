"""Which console lines about IPMI mean nothing while an upgrade runs (U15; known to users as CSCuz28415).

During an upgrade the kernel and the installer talk to the BMC while its driver is being (re)loaded, and lines
appear on the console that alarm whoever reads along. A line is *harmless* only if it says one of the known
things; an IPMI line that says something else stays *unknown* and is shown, and outside an upgrade all are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

DEFECT = "CSCuz28415"


class Verdict(StrEnum):
    NOT_IPMI = "not-ipmi"
    HARMLESS = "harmless"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to make of a line: the verdict, a sentence for the console, and the known defect it belongs to."""

    verdict: Verdict
    sentence: str = ""
    defect: str = ""

    def label(self, line: str) -> str:
        """The line as the upgrade's console shows it."""
        if self.verdict is not Verdict.HARMLESS:
            return line
        return f"{line}   [harmless during an upgrade, {self.defect}: {self.sentence}]"


# A line is about IPMI if one of its words says so: the kernel's drivers, the daemons, the device.
_ABOUT = re.compile(r"\b(?:ipmi\w*|IPMI\w*|openipmi|/dev/ipmi\d+|bmc(?:-watchdog)?|BMC)\b")

_DRIVER = "the IPMI driver is looking for the BMC"
_BUSY = "the BMC is busy while its driver is reloaded, and the command is sent again"
_STALE = "an answer came after the old driver had gone"
_WATCHDOG = "the BMC's timer is handed from the old system to the new one"

_KNOWN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"There appears to be no BMC at this location", _DRIVER),
        (r"Interface detection failed", _DRIVER),
        (r"(?:Could not|Unable to|unable to) (?:set up|find) (?:any|the) (?:System )?[Ii]nterface", _DRIVER),
        (r"(?:Adding|Removing|Trying) \S+-specified", _DRIVER),
        (r"ipmi_platform: (?:ipmi_si: )?(?:probing via|\S+: io|\[io)", _DRIVER),
        (r"^(?:\[[\d. ]+\] )?ipmi device interface$|IPMI System Interface driver", _DRIVER),
        (r"ipmi_si \S+ Using irq \d+$", _DRIVER),
        (r"Found new BMC", _DRIVER),
        (r"IPMI (?:kcs|bt|smic|ssif) interface initialized", _DRIVER),
        (r"(?:IPMI )?message handler: (?:version|.*[Nn]ot responding)", _BUSY),
        (r"KCS in invalid state", _BUSY),
        (r"(?:BMC|bmc) returned (?:incorrect|wrong) (?:response|data)", _STALE),
        (r"[Ee]rror (?:fetching|getting|reading|setting) .*(?:flags|events|enables)", _BUSY),
        (r"(?:Could not|Unable to|Failed to|failed to) (?:get|enable|set).*(?:global enables|event)", _BUSY),
        (r"Invalid (?:return|response) from (?:get|set)", _STALE),
        (r"(?:Could not|Unable to) open (?:device|/dev/ipmi\d|.*/dev/ipmi)", _DRIVER),
        (r"[Ww]atchdog: driver initialized", _WATCHDOG),
        (r"[Uu]nexpected close, not stopping watchdog", _WATCHDOG),
    )
)


def judge(line: str, *, upgrading: bool) -> Judgement:
    """A console or kernel line. Pure: the caller knows whether an upgrade is running."""
    if not _ABOUT.search(line):
        return Judgement(Verdict.NOT_IPMI)
    if upgrading:
        for pattern, sentence in _KNOWN:
            if pattern.search(line):
                return Judgement(Verdict.HARMLESS, sentence, DEFECT)
    return Judgement(Verdict.UNKNOWN)
