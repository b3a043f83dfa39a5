"""U23, G23: text resources with names that nobody can make any more are carried over, and named for renaming."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator

from upgrade.migrations.document import children, text
from upgrade.migrations.report import Entry, review

if typing.TYPE_CHECKING:
    from lxml.etree import _Element as Element

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def migrate(root: Element) -> Iterator[Entry]:
    for one in children(root, "text_resources/text_resource"):
        name = text(one, "text_name")
        if not NAME.fullmatch(name):
            yield review(
                f"text resource {name}",
                "keeps its name; rename it: a letter or underscore, then letters, digits, _ and -",
            )
