from __future__ import annotations

from dataclasses import replace

import pytest

from hwmgmt.models.catalogue import catalogue
from hwmgmt.models.detect import Detected, Support, SupportLevel
from hwmgmt.models.hypervisor import Hypervisor
from hwmgmt.reading import known
from image.installer.live import machine
from image.installer.live.errors import UnknownMachine, UnsupportedMachine

MODELS = catalogue()
NEED = 6 << 30
GUEST = Detected(
    model=MODELS.get("C100V"), candidates=("C100V",), level=SupportLevel.GENERIC, support=Support.SUPPORTED,
    blocks=False, because="guest of kvm", why="", advice="", hypervisor=known(Hypervisor.KVM), notes=(),
)  # fmt: skip
SERVER = replace(
    GUEST, model=None, candidates=("C395", "C695"), because="SMBIOS", hypervisor=known(Hypervisor.NONE)
)


def test_a_guest_needs_the_disk_of_its_model_and_the_limit_counts() -> None:
    found = machine.judge(GUEST, MODELS, NEED, attended=False)
    assert (found.smallest, found.whose, found.virtual) == (MODELS.get("C100V").min_disk_bytes, "C100V", True)


def test_of_several_models_the_smallest_disk_will_do() -> None:
    found = machine.judge(SERVER, MODELS, NEED, attended=True)
    assert found.smallest == min(MODELS.get(name).min_disk_bytes for name in SERVER.candidates)
    assert (found.virtual, found.name, found.doubt) == (False, "C395 or C695", "")


def test_the_image_itself_sets_the_least() -> None:
    assert machine.judge(GUEST, MODELS, 1 << 40, attended=True).smallest == 1 << 40


@pytest.mark.parametrize("attended", [True, False])
def test_unsupported_hardware_is_refused_with_what_to_do(attended: bool) -> None:
    """U5."""
    old = MODELS.get("C680")
    found = replace(
        SERVER, candidates=("C680",), support=Support.UNSUPPORTED, blocks=True, why=old.why, advice=old.advice
    )
    with pytest.raises(UnsupportedMachine, match="this machine is not supported: it is C680") as refused:
        machine.judge(found, MODELS, NEED, attended=attended)
    assert "Keep the release it has" in refused.value.hint()


@pytest.mark.parametrize("support", [Support.UNKNOWN, Support.UNSUPPORTED])
def test_what_is_not_certain_is_for_a_person_to_weigh(support: Support) -> None:
    """A figure that nobody has verified blocks nothing; without a person, nothing is installed on a guess."""
    found = replace(SERVER, candidates=(), support=support, why="no model fits", advice="Say which")
    judged = machine.judge(found, MODELS, NEED, attended=True)
    assert (judged.smallest, judged.whose, judged.name) == (NEED, "any appliance", "not known")
    assert judged.doubt == "no model fits. Say which."
    with pytest.raises(UnknownMachine):
        machine.judge(found, MODELS, NEED, attended=False)
