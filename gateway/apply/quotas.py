"""Sizes of the disk's areas that the configuration sets (`diskquotaconfig`, H4)."""

from __future__ import annotations

from gateway.apply.errors import StepFailed
from gateway.config.model import Config
from mailward.errors import MailwardError


def set_quotas(config: Config) -> None:
    """Give the areas their sizes. Raises StepFailed if the disk has no room, or an area has more in it."""
    if not config.disk_quotas:
        return
    from hwmgmt.models.model import QuotaArea
    from hwmgmt.quota.cli import MOUNT
    from hwmgmt.quota.project import ProjectQuotas
    from hwmgmt.quota.status import capacity, set_area

    try:
        disk = capacity(MOUNT).need()
        quotas = ProjectQuotas(MOUNT)
        for wanted in config.disk_quotas:
            set_area(quotas, QuotaArea(wanted.area), wanted.size, disk)
    except ValueError as error:
        raise StepFailed(step="disk quotas", why=str(error), advice="See diskquotaconfig") from error
    except MailwardError as error:
        raise StepFailed(step="disk quotas", why=error.explain(), advice=error.hint()) from error
