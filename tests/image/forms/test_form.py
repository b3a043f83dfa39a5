import pytest

from hwmgmt.models.catalogue import catalogue
from hwmgmt.models.model import UnsupportedModel
from image.forms import form
from image.forms.disk import NotVirtual
from image.forms.form import Form, UnknownForm

MODELS = catalogue()


def test_several_forms_with_commas_or_one_by_one() -> None:
    assert form.parse(["OVA, qcow2", "installer", "ova"]) == (Form.OVA, Form.QCOW2, Form.INSTALLER)
    assert form.parse([]) == ()


@pytest.mark.parametrize("words", [["iso"], ["ova,"], [""]])
def test_an_unknown_form_is_refused_with_those_there_are(words: list[str]) -> None:
    with pytest.raises(UnknownForm) as refused:
        form.parse(words)
    assert "raw, installer, qcow2" in refused.value.hint()


@pytest.mark.parametrize("wanted", list(Form))
def test_a_machine_takes_no_virtual_disk(wanted: Form) -> None:
    form.check(MODELS.get("C100V"), [wanted], MODELS)
    if wanted in (Form.RAW, Form.INSTALLER, Form.RELEASE):
        form.check(MODELS.get("C695F"), [wanted], MODELS)
    else:
        with pytest.raises(NotVirtual, match=f"it takes no {wanted}") as refused:
            form.check(MODELS.get("C695F"), [wanted], MODELS)
        assert "C100V, C300V, C600V" in refused.value.hint()


def test_no_form_for_a_model_that_is_not_supported() -> None:
    """U5."""
    with pytest.raises(UnsupportedModel):
        form.check(MODELS.get("C680"), [Form.RAW], MODELS)
