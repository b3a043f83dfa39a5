"""Questions about elements of the configuration: kind, limits and default come from the model."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from gateway.config.types import Element
from gateway.console.questions import NOTHING, Answers, Choice, Kind, Many, Optional, Question, Text, YesNo

if typing.TYPE_CHECKING:
    from gateway.console.call import Call


def of_field(
    model: type[Element],
    name: str,
    prompt: str,
    *,
    kind: Kind | Callable[[Call, Answers], Kind] | None = None,
    default: Any = None,
    when: Callable[[Call, Answers], bool] | None = None,
    secret: bool = False,
    lines: bool = False,
) -> Question:
    """The question for a field of `model`; `kind` and `default` only where the model's own will not do."""
    info = model.model_fields[name]
    if default is None:
        default = _default(info)
    return Question(name, prompt, kind or kind_of(info), default, when, secret, lines=lines)


def kind_of(info: FieldInfo) -> Kind:
    """How a field is asked for: yes/no, a numbered list, several with commas, or text checked by the model."""
    bare: Any = info.annotation
    if isinstance(bare, types.UnionType):
        inner = next(part for part in typing.get_args(bare) if part is not types.NoneType)
        return Optional(_kind(inner, info.metadata))
    if typing.get_origin(bare) is list:
        least = next((m.min_length for m in info.metadata if hasattr(m, "min_length")), 0)
        return Many(_kind(typing.get_args(bare)[0], []), least)
    kind = _kind(bare, info.metadata)
    return Optional(kind, "") if isinstance(kind, Text) and info.default == "" else kind


def of_item(model: type[Element], field: str, name: str, prompt: str, *, lines: bool = False) -> Question:
    """The question for one entry of a list field, called `name`."""
    kind = kind_of(model.model_fields[field])
    assert isinstance(kind, Many), f"{field} is not a list"
    return Question(name, prompt, kind.each, lines=lines)


def _kind(annotation: Any, metadata: list[Any]) -> Kind:
    bare = typing.get_args(annotation)[0] if typing.get_origin(annotation) is Annotated else annotation
    if bare is bool:
        return YesNo()
    if isinstance(bare, type) and issubclass(bare, Enum):
        members = bare
        return Choice([(member.value, member.value) for member in members], members)
    return Text(_Checked(annotation, tuple(metadata)))


class _Checked:
    """Validates text by an annotation. The adapter is built when it is first needed: it costs milliseconds."""

    def __init__(self, annotation: Any, metadata: tuple[Any, ...]) -> None:
        self._annotation = annotation
        self._metadata = metadata
        self._adapter: TypeAdapter[Any] | None = None

    def __call__(self, text: str) -> Any:
        if self._adapter is None:
            whole: Any = (
                Annotated[(self._annotation, *self._metadata)] if self._metadata else self._annotation
            )
            self._adapter = TypeAdapter(whole)
        try:
            return self._adapter.validate_python(text)
        except ValidationError as error:
            raise ValueError(clause(error)) from error


def clause(error: ValidationError) -> str:
    """What pydantic found, as the end of a sentence."""
    found = []
    for item in error.errors(include_url=False):
        message = str(item["msg"]).removeprefix("Value error, ")
        where = "/".join(str(part + 1) if isinstance(part, int) else part for part in item["loc"])
        text = message[:1].lower() + message[1:]
        found.append(f"{where}: {text}" if where else text)
    return "; ".join(dict.fromkeys(found)).replace("input should be", "must be")


def _default(info: FieldInfo) -> Any:
    if info.is_required():
        return NOTHING
    value = info.get_default(call_default_factory=True)
    return [] if value is None and typing.get_origin(info.annotation) is list else value
