"""Changing a configuration, which is frozen: each function answers a new one that was checked as a whole.

    edit.add(config, ("smtp_routes",), SmtpRoute(domain="example.com", hosts=[…]))
    edit.update(config, ("listeners", "InboundMail"), port=2525)
    edit.delete(config, ("users", "bob"))

Parts that were not touched are the same objects and are not checked again, they cannot have changed; what
concerns several parts (names are unique, what is named is there) is checked each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from gateway.config.errors import NoSuchElement, NotAcceptable
from gateway.config.model import Config
from gateway.config.problems import explained
from gateway.config.shape import Path, Shape, key_of, shapes
from gateway.config.types import Element

E = TypeVar("E", bound=Element)


def get(config: Config, path: Path) -> Any:
    """What stands at `path`. Raises NoSuchElement."""
    value: Any = config
    shape: Shape | None = None
    for depth, name in enumerate(path):
        if shape is not None and shape.is_list:
            value, shape = value[_index(shape, value, name, path[: depth + 1])], None
        elif isinstance(value, Element) and (found := shapes(type(value)).get(name)):
            value, shape = getattr(value, name), found
            if not shape.is_list:
                shape = None
        else:
            raise NoSuchElement(path="/".join(path[: depth + 1]))
    return value


def put(config: Config, path: Path, value: Any) -> Config:
    """With `value` at `path`, which is there. Raises NoSuchElement, NotAcceptable."""
    return _changed(config, path, lambda shape, old: value)


def update(config: Config, path: Path, **values: Any) -> Config:
    """With some children of the element at `path` (empty: of the whole) changed. Raises as `put`."""
    if not path:
        return _checked(config, values)
    old = get(config, path)
    if not isinstance(old, Element):
        raise NoSuchElement(path="/".join(path))
    return put(config, path, _checked(old, values, path))


def add(config: Config, path: Path, member: Any, *, at: int | None = None) -> Config:
    """With one more in the list at `path`, at position `at` (from 0; None: at the end). Raises as `put`."""

    def change(shape: Shape, old: list[Any]) -> list[Any]:
        position = len(old) if at is None else at
        return [*old[:position], member, *old[position:]]

    return _changed(config, path, change)


def replace(config: Config, path: Path, member: Any) -> Config:
    """With `member` in the place of the one of a list that `path` names; its key may be another. Raises as `put`."""
    return put(config, path, member)


def delete(config: Config, path: Path) -> Config:
    """Without the member of a list that `path` names. Raises as `put`."""

    def change(shape: Shape, old: list[Any]) -> list[Any]:
        index = _index(shape, old, path[-1], path)
        return [*old[:index], *old[index + 1 :]]

    return _changed(config, path[:-1], change)


def move(config: Config, path: Path, to: int) -> Config:
    """With the member of a list that `path` names at position `to` (from 0). Raises as `put`."""

    def change(shape: Shape, old: list[Any]) -> list[Any]:
        index = _index(shape, old, path[-1], path)
        rest = [*old[:index], *old[index + 1 :]]
        return [*rest[:to], old[index], *rest[to:]]

    return _changed(config, path[:-1], change)


def _changed(config: Config, path: Path, change: Callable[[Shape, Any], Any]) -> Config:
    if not path:
        raise NoSuchElement(path="")
    return _descend(config, path, (), change)


def _descend(element: E, path: Path, above: Path, change: Callable[[Shape, Any], Any]) -> E:
    """`element` with the change at `path` below it."""
    name, *rest = path
    place = (*above, name)
    shape = shapes(type(element)).get(name)
    if shape is None:
        raise NoSuchElement(path="/".join(place))
    old = getattr(element, name)
    if not rest:
        new: Any = change(shape, old)
    elif shape.is_list:
        key, *deeper = rest
        index = _index(shape, old, key, (*place, key))
        inner = (
            _descend(old[index], tuple(deeper), (*place, key), change)
            if deeper
            else change(shape, old[index])
        )
        new = [*old[:index], inner, *old[index + 1 :]]
    elif isinstance(old, Element):
        new = _descend(old, tuple(rest), place, change)
    else:
        raise NoSuchElement(path="/".join((*place, *rest)))
    return _checked(element, {name: new}, above)


def _index(shape: Shape, members: Any, key: str, path: Path) -> int:
    wanted = shape.fold(key)
    for index, member in enumerate(members):
        if shape.fold(key_of(shape, member, index + 1)) == wanted:
            return index
    raise NoSuchElement(path="/".join(path))


def _checked(element: E, values: dict[str, Any], above: Path = ()) -> E:
    """A new one with `values`, checked: what is an element already was checked when it was made."""
    content = {name: getattr(element, name) for name in shapes(type(element))}
    try:
        return type(element).model_validate({**content, **values})
    except ValidationError as error:
        raise NotAcceptable(problems="; ".join(map(str, explained(error, above)))) from error
