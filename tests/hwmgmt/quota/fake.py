"""Project quotas without a file system."""

from __future__ import annotations

from pathlib import Path

from hwmgmt.models.model import QuotaArea
from hwmgmt.quota.areas import AREAS
from hwmgmt.quota.project import Usage
from hwmgmt.reading import Reading, Reason, known, missing


class FakeQuotas:
    """Remembers limits and tags; `broken` answers as a file system without quotas."""

    def __init__(self, *, broken: bool = False) -> None:
        self.usages: dict[int, Usage] = {}
        self.tags: dict[Path, int] = {}
        self.broken = broken

    def use(self, area: QuotaArea, limit: int, used: int, files: int = 1) -> None:
        self.usages[AREAS[area].project] = Usage(limit, used, files)

    def usage(self, project: int) -> Reading[Usage]:
        if self.broken:
            return missing(Reason.UNSUPPORTED, "quotas are off", unit="bytes")
        return known(self.usages.get(project, Usage(0, 0, 0)), "bytes")

    def limit(self, project: int, size: int) -> None:
        old = self.usages.get(project, Usage(0, 0, 0))
        self.usages[project] = Usage(size, old.used, old.files)

    def tagged(self, folder: Path) -> Reading[int]:
        return known(self.tags.get(folder, 0)) if folder.exists() else missing(Reason.ABSENT, str(folder))

    def tag(self, folder: Path, project: int) -> int:
        self.tags[folder] = project
        return 1
