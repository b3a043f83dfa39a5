import pytest
from pydantic import ValidationError

from mailward.version import Version
from tests.upgrade.releases import release
from upgrade.catalogue.release import (
    Condition,
    ConditionId,
    Deployment,
    Hardware,
    Issue,
    Migration,
    Note,
    NoteKind,
)

V1, V2, V3 = (Version(14, 2, number, 1) for number in (1, 2, 3))


def test_deployment_types_widen_from_limited_to_general() -> None:
    assert Deployment.LIMITED.width < Deployment.MAINTENANCE.width < Deployment.GENERAL.width
    assert Deployment.GENERAL.words == "General Deployment"


def test_sources_are_sorted_whatever_order_they_are_written_in() -> None:
    assert release(V3, [V2, V1]).sources == (V1, V2)


@pytest.mark.parametrize("sources", [[V2], [V3], [V1, V3]])
def test_no_release_is_an_upgrade_of_itself_or_of_a_newer_one(sources: list[Version]) -> None:
    with pytest.raises(ValidationError, match="cannot be an upgrade of"):
        release(V2, sources)


def test_a_source_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="twice"):
        release(V2, [V1, V1])


def test_a_model_cannot_be_supported_and_not() -> None:
    with pytest.raises(ValidationError, match="C190 is both"):
        Hardware(supported=("C190",), unsupported=("C190",))


def test_a_model_that_is_not_named_is_not_supported() -> None:
    one = release(V2, supported=["C190"])
    assert one.refuses_model("C190") == ""
    assert "does not name C195" in one.refuses_model("C195")


def test_two_notes_with_one_id_are_refused() -> None:
    note = Note(id="a", kind=NoteKind.CHANGE, text="one")
    with pytest.raises(ValidationError, match="'a' twice"):
        release(V2, notes=(note, note))


@pytest.mark.parametrize("text", ["", "red \x1b[31m", "line\nbreak", "right to \u202e left", "\x9b2J"])
def test_a_text_that_could_move_the_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Note(id="a", kind=NoteKind.CHANGE, text=text)


def test_a_bound_leaves_out_who_comes_from_it_or_later() -> None:
    change = Migration(id="a", text="one", older_than=V2)
    assert [change.concerns_source(v) for v in (V1, V2, V3)] == [True, False, False]
    assert Migration(id="a", text="one").concerns_source(V3)


def test_a_condition_of_some_models_concerns_an_unknown_one_too() -> None:
    one = Condition(id=ConditionId.LLDP_OFF, text="one", blocks=True, models=("C695",))
    assert one.concerns_model("C695")
    assert one.concerns_model(None)
    assert not one.concerns_model("C190")


def test_an_issue_says_how_to_live_with_it() -> None:
    assert Issue(id="CSC1", text="It fails", workaround="Try again").advice == "It fails. Try again"
    assert Issue(id="CSC1", text="It fails").advice == "It fails"
