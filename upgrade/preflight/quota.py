"""U20: what the upgrade saves fits into the area `miscellaneous`."""

from __future__ import annotations

from hwmgmt.quota.areas import alert
from hwmgmt.quota.project import Usage
from hwmgmt.size import format_size
from upgrade.preflight.check import Answer, Severity

FREE = (
    "Free log files and packet captures in /var/log/mailward and old files in /configuration, or give the area more: "
    "`mailward hw quota set miscellaneous`"
)


def judge(usage: Usage, extra: int) -> Answer:
    """`extra` is what the upgrade adds, in bytes."""
    if usage.limit <= 0:
        return Answer(
            Severity.WARN,
            "the area miscellaneous has no limit",
            "Run `mailward hw quota apply`, as each boot does",
        )
    after = usage.used + extra
    sizes = (
        f"{format_size(usage.used)} used and {format_size(extra)} needed, of {format_size(usage.limit)}"
        " of the area miscellaneous"
    )
    if after > usage.limit:
        return Answer(Severity.BLOCK, f"{format_size(after - usage.limit)} too little: {sizes}", FREE)
    if level := alert(after, usage.limit):
        return Answer(Severity.WARN, f"over {level} %: {sizes}", FREE)
    return Answer(Severity.PASS, sizes)
