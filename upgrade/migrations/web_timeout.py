"""U22: new installs log out of the web interface after 5 minutes; an upgrade keeps what was there.

So where nothing was said the old default, 30 minutes, is said now.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator

from upgrade.migrations.document import put, text
from upgrade.migrations.report import Entry, changed

if typing.TYPE_CHECKING:
    from lxml.etree import _Element as Element

PATH = "admin_access/web_timeout"
OLD_DEFAULT = 30  # minutes


def migrate(root: Element) -> Iterator[Entry]:
    if not text(root, PATH):
        put(root, PATH, str(OLD_DEFAULT))
        yield changed(
            "web interface", f"keeps its inactivity timeout of {OLD_DEFAULT} minutes, which was the default"
        )
