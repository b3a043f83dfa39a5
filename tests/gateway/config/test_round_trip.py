"""Model to file to model, over the whole model; the schemas fit; what is different is found and merged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.config import diff, schema, xml
from gateway.config.errors import ConfigBroken, Masked, NotAcceptable, NotDecrypted
from gateway.config.merge import Merge
from gateway.config.model import Config
from gateway.config.shape import shapes
from gateway.config.types import Element
from tests.gateway.config.made import BEGIN
from tests.gateway.config.whole import configs

slow = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
XSD = etree.XMLSchema(etree.fromstring(schema.xsd()))
DTD: Any = etree.DTD


@pytest.fixture(scope="module")
def dtd(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("dtd") / "config.dtd"
    path.write_bytes(schema.dtd())
    with path.open("rb") as file:
        return etree.DTD(file)


@slow
@given(configs())
def test_what_is_written_reads_the_same(config: Config) -> None:
    text = xml.dumps(config)
    assert xml.loads(text) == config
    assert xml.dumps(xml.loads(text)) == text


@slow
@given(config=configs())
def test_the_schemas_fit_what_is_written(config: Config, dtd: Any) -> None:
    root = etree.fromstring(xml.dumps(config))
    XSD.assertValid(root)
    dtd.assertValid(root)


def test_the_schemas_refuse_what_is_not_known(dtd: Any) -> None:
    for old, new in ((b"hostname>", b"hostnam>"), (b"<fips_mode>no<", b"<fips_mode>never<")):
        root = etree.fromstring(xml.dumps(BEGIN).replace(old, new))
        assert not XSD.validate(root)
    assert not dtd.validate(etree.fromstring(xml.dumps(BEGIN).replace(b"hostname>", b"hostnam>")))
    port = etree.fromstring(xml.dumps(BEGIN).replace(b"<port>25<", b"<port>0<"))
    assert not XSD.validate(port)


def _fields(model: type[Element]) -> set[type[Element]]:
    found = {model}
    for shape in shapes(model).values():
        if shape.is_element:
            found |= _fields(shape.kind)
    return found


def test_the_strategies_reach_most_elements() -> None:
    """A round trip over defaults would prove nothing."""
    seen: set[type[Element]] = set()

    def look(element: Element) -> None:
        seen.add(type(element))
        for name, shape in shapes(type(element)).items():
            value = getattr(element, name)
            if shape.is_element:
                for member in value if shape.is_list else [value]:
                    look(member)

    @settings(max_examples=250, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(configs())
    def run(config: Config) -> None:
        look(config)

    run()
    missing = {model.__name__ for model in _fields(Config) - seen}
    assert len(missing) <= 3, missing  # a certificate needs a key that fits


@given(st.binary(max_size=300), st.integers(0, 2000), st.integers(0, 40))
def test_a_damaged_file_is_a_configuration_or_a_problem(junk: bytes, at: int, cut: int) -> None:
    text = xml.dumps(BEGIN)
    damaged = text[:at] + junk[: cut + 1] + text[at + cut :]
    try:
        assert isinstance(xml.loads(damaged), Config)
    except (ConfigBroken, Masked, NotDecrypted) as error:
        assert str(error)
        assert error.hint()


@slow
@given(configs(), configs())
def test_what_is_different_is_told(one: Config, other: Config) -> None:
    assert diff.changes(one, one) == ()
    reordered = {shape.name for shape in shapes(Config).values() if shape.is_list}
    found = diff.changes(one, other)
    if one != other and not found:  # only the order of a list whose order is no setting
        assert all(getattr(one, n) == getattr(other, n) for n in shapes(Config) if n not in reordered)
    assert all("\n" not in line for line in diff.text(found).split("\n"))


@slow
@given(configs(), configs())
def test_merging_with_one_side_unchanged_is_the_other(base: Config, mine: Config) -> None:
    assert Merge().merge(base, mine, base) == mine
    assert Merge().merge(base, base, mine) == mine
    assert Merge().merge(base, mine, mine) == mine


@slow
@given(configs(), configs(), configs())
def test_merging_takes_what_one_side_changed(base: Config, mine: Config, theirs: Config) -> None:
    """Scalars at the top stand for all: what only one changed is that one's; what both did is a conflict."""
    merge = Merge("mine")
    try:
        merged = merge.merge(base, mine, theirs)
    except NotAcceptable:
        return  # each valid, together not: refused, as it should be
    conflicts = {conflict.path[0] for conflict in merge.conflicts}
    for name in ("hostname", "fips_mode", "dictionary_limit"):
        a, b, c = (getattr(config, name) for config in (base, mine, theirs))
        assert getattr(merged, name) == (c if b == a else b)
        assert (name in conflicts) == (b != a and c not in (a, b))
    turned = Merge("theirs")
    try:
        turned.merge(base, theirs, mine)
    except NotAcceptable:
        return
    assert {c.path for c in merge.conflicts} == {c.path for c in turned.conflicts}
