"""YAML from strangers: no aliases, which can make a page of text fill the memory, no tags, no key twice."""

from __future__ import annotations

from typing import Any

import yaml


class BadYaml(ValueError):
    """Says what and, if known, in which line."""


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]
            raise BadYaml(f"line {event.start_mark.line + 1}: has an alias; write the value again")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key.value, str):
                raise BadYaml(f"line {key.start_mark.line + 1}: {key.value} is there twice")
            seen.add(key.value if isinstance(key.value, str) else id(key))
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def load_yaml(text: bytes) -> Any:
    """The document. Raises BadYaml."""
    try:
        return yaml.load(text.decode(), _Loader)  # a SafeLoader
    except UnicodeDecodeError as error:
        raise BadYaml("is not UTF-8") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, BadYaml):
            raise
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise BadYaml(f"{line}is not YAML: {getattr(error, 'problem', None) or error}") from error
