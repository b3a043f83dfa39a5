"""The report for people and for machines."""

from __future__ import annotations

from typing import Any

import click

from mailward.version import Version
from upgrade.preflight.check import Report, Severity
from upgrade.text import paragraph

COLUMN = 30
_VERDICTS = {
    Severity.PASS: "Nothing is in the way.",
    Severity.WARN: "Nothing is in the way, but look at the warnings first.",
    Severity.BLOCK: "The upgrade is blocked.",
}


def to_document(report: Report, source: Version, target: Version) -> dict[str, Any]:
    return {
        "from": str(source),
        "to": str(target),
        "verdict": report.verdict,
        "checks": [
            {
                "id": one.id,
                "severity": one.severity,
                "known": one.known,
                "finding": one.finding,
                "remedy": one.remedy,
            }
            for one in report.findings
        ],
    }


def show(report: Report, source: Version, target: Version) -> None:
    click.echo(f"From {source} to {target}, checked on this machine:\n")
    for one in report.findings:
        paragraph(f"{one.severity:<5}  {one.id}", f"{one.finding}.", column=COLUMN)
        if one.remedy:
            paragraph("", f"What to do: {one.remedy}.", column=COLUMN)
    counts = {severity: sum(one.severity is severity for one in report.findings) for severity in Severity}
    click.echo(
        f"\n{_VERDICTS[report.verdict]} {counts[Severity.PASS]} pass, {counts[Severity.WARN]} warn, "
        f"{counts[Severity.BLOCK]} block."
    )
