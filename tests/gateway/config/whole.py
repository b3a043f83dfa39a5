"""Hypothesis strategies for the whole model: each element from its own fields, texts as people type them."""

from __future__ import annotations

from enum import Enum
from typing import Any, get_args

from annotated_types import Ge, Gt, Le, MinLen
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.access.passwords import PasswordHash
from gateway.config.model import Config
from gateway.config.shape import Shape, shapes
from gateway.config.types import (
    Address,
    Domain,
    Element,
    Hostname,
    Label,
    Name,
    Network,
)

# What XML can carry, blanks at the ends left out: they are not part of a value.
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="￾￿")
    | st.sampled_from("\n\t<&>\"']]>é€"),
    max_size=12,
).map(str.strip)
HOSTS = st.sampled_from(["mx.example.com", "a.example", "bücher.example", "10-1.example.net"])
ADDRESSES = st.sampled_from(["10.0.0.1", "192.0.2.7", "2001:db8::1"])
# Few, so that what one element names is often there.
NAMES = st.sampled_from(["Management", "Data1", "_x-1", "Default"])
LABELS = st.sampled_from(["Data 1", "Management", "Policy (old) no. 2/3", "x"])
WHO = st.sampled_from(["a@b.example", "example.com", ".example.net", "ü@bücher.example"])
HASH = str(PasswordHash.make("x"))
# Values that a rule of their own picks out.
BY_FIELD: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("Listener", "hat"): st.sampled_from(["", "$ACCEPTED ACCEPT {}\nALL $ACCEPTED\n"]),
    ("Listener", "rat"): st.sampled_from(["", "example.com ACCEPT\nALL REJECT"]),
    ("TextResource", "text"): TEXT,
    ("User", "user_name"): st.from_regex(r"\A[a-z_][a-z0-9_]{3,7}\Z"),
    ("User", "full_name"): st.sampled_from(["", "Ann Ü. Other"]),
    ("User", "password_hash"): st.sampled_from(["", "$6$abc$def"]),
    ("EthernetPort", "device"): st.sampled_from(["", "eth0"]),
    ("Time", "timezone"): st.sampled_from(["Etc/UTC", "Europe/Berlin"]),
    ("IpInterface", "ipv4"): st.sampled_from(["", "10.0.0.9"]),
    ("IpInterface", "ipv6"): st.sampled_from(["", "2001:db8::9"]),
    ("SmtpAuthUser", "password_hash"): st.just(HASH),
    ("LocalScore", "addresses"): ADDRESSES,
    ("DestinationControl", "certificate"): st.none(),
    ("DestinationControl", "bounce_profile"): NAMES | st.none(),
    ("DictionaryEntry", "term"): st.sampled_from(["word", "a.*b", "é", "credit"]),
    ("Alerts", "sender"): st.sampled_from(["", "a@b.example"]),
    ("SourceRule", "match"): st.sampled_from(["@a.example", "10.0.0.0/8"]),
    ("RouteHost", "hostname"): HOSTS | ADDRESSES,
    ("Route", "destination"): st.sampled_from(["10.2.0.0/16", "2001:db8:1::/48"]),
}
BY_KIND: dict[Any, st.SearchStrategy[Any]] = {
    Hostname: HOSTS,
    Name: NAMES,
    Label: LABELS,
    Address: ADDRESSES,
    Network: st.sampled_from(["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]),
    Domain: HOSTS | st.just("ALL") | HOSTS.map(".{}".format),
}


def _scalar(model: type[Element], shape: Shape, annotation: Any) -> st.SearchStrategy[Any]:
    if (model.__name__, shape.name) in BY_FIELD:
        return BY_FIELD[model.__name__, shape.name]
    for kind, strategy in BY_KIND.items():
        if annotation == kind or shape.info.metadata == list(get_args(kind)[1:]):
            return strategy
    kind = shape.kind
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if kind is bool:
        return st.booleans()
    limits = {type(limit): limit for limit in shape.info.metadata}
    if kind in (int, float):
        low = limits[Ge].ge if Ge in limits else limits[Gt].gt + 1 if Gt in limits else 0
        high = limits[Le].le if Le in limits else 1 << 40
        if kind is int:
            return st.integers(int(low), int(high))
        return st.floats(float(low), float(high), allow_nan=False)
    if any(word in str(annotation) + str(shape.info.metadata) for word in ("_who", "_email")):
        return WHO
    least = limits[MinLen].min_length if MinLen in limits else 0
    return TEXT.filter(lambda text: len(text) >= least)


def elements(model: type[Element]) -> st.SearchStrategy[Element | None]:
    """Valid ones, and None where fields do not go together (that is the model's to refuse)."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, shape in shapes(model).items():
        if shape.is_list:
            inner = (
                elements(shape.kind)
                if shape.is_element
                else _scalar(model, shape, get_args(shape.info.annotation)[0])
            )
            least = next((m.min_length for m in shape.info.metadata if isinstance(m, MinLen)), 0)
            value: st.SearchStrategy[Any] = st.lists(inner, min_size=least, max_size=max(2, least)).map(_told)
        else:
            value = elements(shape.kind) if shape.is_element else _scalar(model, shape, shape.info.annotation)
        (fields if shape.info.is_required() else optional)[name] = value
    return st.fixed_dictionaries(fields, optional=optional).map(lambda given: _made(model, given))


def _told(members: list[Any]) -> list[Any]:
    return [member for member in members if member is not None]


def _made(model: type[Element], given: dict[str, Any]) -> Element | None:
    """With the fields that do not fit left at their defaults, as long as that helps."""
    given = {name: value for name, value in given.items() if value is not None}
    for _ in range(len(given) + 1):
        try:
            return model.model_validate(given)
        except ValidationError as error:
            wrong = {item["loc"][0] for item in error.errors() if item["loc"]} & set(given)
            if not wrong:
                wrong = {
                    item["ctx"]["found"][0][0][0] for item in error.errors() if item["type"] == "findings"
                }
            if not wrong:  # fields that do not go together: one that may be left out goes
                wrong = set([name for name in given if not shapes(model)[name].info.is_required()][-1:])
            if not wrong:
                return None
            given = {name: value for name, value in given.items() if name not in wrong}
    return None


def configs() -> st.SearchStrategy[Config]:
    return elements(Config).filter(lambda config: config is not None)  # type: ignore[return-value]
