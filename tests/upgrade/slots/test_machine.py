"""The power is cut after every single write of a slot update; afterwards the machine boots and goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.upgrade.slots.model import KEY, NEW, OLD, OLDEST, Model, PowerCut, made, published
from upgrade.publish import layout
from upgrade.publish.keys import NotSigned, ReleaseKey
from upgrade.publish.sums import FileDiffers
from upgrade.slots import survey
from upgrade.slots.machine import MachineSlots, NoSuchSlot, Refused, RunningSlot
from upgrade.slots.protocol import Content, FetchedRelease, Slots, Standing
from upgrade.slots.written import WrittenDiffers

Act = Callable[[MachineSlots], None]


def quiet(what: str, done: int, total: int) -> None:
    assert 0 <= done <= total, what


@pytest.fixture
def fetched(tmp_path: Path) -> FetchedRelease:
    return published(NEW, tmp_path / "releases")


def machine(tmp_path: Path) -> Model:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return Model(scratch)


def cut_everywhere(
    tmp_path: Path, act: Act, prepare: Callable[[Model], None] = lambda model: None
) -> list[Model]:
    """One machine for each number of writes after which the power was cut, from none to all but one."""
    whole = machine(tmp_path)
    prepare(whole)
    before = whole.writes
    act(whole.slots())
    models = []
    for writes in range(whole.writes - before):
        model = machine(tmp_path)
        prepare(model)
        model.left = writes
        with pytest.raises(PowerCut):
            act(model.slots())
        models.append(model)
    return models


def test_an_installation_cut_after_any_write_boots_and_is_simply_run_again(
    tmp_path: Path, fetched: FetchedRelease
) -> None:
    """Issue 6: the machine is never without a release that boots, and never boots what was not read back."""
    models = cut_everywhere(tmp_path, lambda slots: slots.install(fetched, quiet))
    assert len(models) == 28
    booted = []
    for model in models:
        on_trial = any(image.version == NEW for image in model.kernels())
        booted.append(model.boot())
        assert booted[-1] == (NEW if on_trial else OLD)
        slots = model.slots()
        found = slots.survey()
        assert found.running.version == model.running
        if model.running == OLD:
            assert found.running.blessed
            assert found.other.content is not Content.WHOLE or found.other.version == OLDEST
            slots.install(fetched, quiet)
            assert not [name for name in model.esp if name.startswith(".#")]
            assert model.boot() == NEW
        slots.bless()
        assert slots.survey().running.blessed
        assert slots.survey().other.version == OLD
        assert model.boot() == NEW
    # Of all cuts only the last, between the new name and the end of the temporary one, has the new release boot.
    assert booted == [OLD] * (len(booted) - 1) + [NEW]


def test_a_whole_installation(tmp_path: Path, fetched: FetchedRelease) -> None:
    model = machine(tmp_path)
    slots: Slots = model.slots()
    slots.install(fetched, quiet)
    other = slots.survey().other
    assert (other.version, other.standing, other.tries_left) == (NEW, Standing.TRIAL, 2)
    assert other.root_hash == made(NEW).root_hash
    assert survey.file_name(OLD) in model.esp, "the one to fall back to is kept"
    assert not (tmp_path / "scratch/verified").exists()
    with slots.mounted_root(NEW) as place:
        assert place == tmp_path / "scratch"


def test_a_release_that_never_comes_up_falls_back_by_the_counter_alone(
    tmp_path: Path, fetched: FetchedRelease
) -> None:
    model = machine(tmp_path)
    model.slots().install(fetched, quiet)
    number = next(part.number for part in model.partitions() if part.label.endswith(str(NEW)))
    model.content[number] = b"broken"
    assert model.boot() == OLD
    other = model.slots().survey().other
    assert other.bad
    assert other.tries_done == 2


@pytest.mark.parametrize("wanted", [OLD, NEW])
def test_choosing_the_next_boot_is_safe_at_every_cut(
    tmp_path: Path, fetched: FetchedRelease, wanted: object
) -> None:
    """Back to the older release, and forward to the newer again."""
    version = OLD if wanted == OLD else NEW

    def upgraded(model: Model) -> None:
        slots = model.slots()
        slots.install(fetched, quiet)
        assert model.boot() == NEW
        slots.bless()
        if version == NEW:
            slots.prefer(OLD)
            assert model.boot() == OLD

    for model in cut_everywhere(tmp_path, lambda slots: slots.prefer(version), upgraded):
        assert model.boot() in (OLD, NEW)
        assert model.boot() in (OLD, NEW)
    model = machine(tmp_path)
    upgraded(model)
    model.slots().prefer(version)
    assert model.boot() == version


def test_marked_bad_the_other_slot_boots(tmp_path: Path, fetched: FetchedRelease) -> None:
    model = machine(tmp_path)
    slots = model.slots()
    slots.install(fetched, quiet)
    assert model.boot() == NEW
    slots.mark_bad(NEW)
    assert slots.survey().running.bad
    assert model.boot() == OLD


def test_what_the_disk_made_of_it_is_noticed_before_it_can_boot(
    tmp_path: Path, fetched: FetchedRelease
) -> None:
    model = machine(tmp_path)
    model.damage = True
    with pytest.raises(WrittenDiffers):
        model.slots().install(fetched, quiet)
    assert not any(image.version == NEW for image in model.kernels())
    assert model.boot() == OLD
    model.damage = False
    model.slots().install(fetched, quiet)
    assert model.boot() == NEW


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda folder: (folder / layout.uki_name(NEW)).write_bytes(b"uki of somebody else"), FileDiffers),
        (lambda folder: (folder / "SHA256SUMS").write_bytes(b"0" * 64 + b"  release.json\n"), NotSigned),
        (lambda folder: (folder / "release.json.sig").write_bytes(bytes(64)), NotSigned),
    ],
)
def test_nothing_is_written_of_a_release_that_does_not_hold(
    tmp_path: Path, fetched: FetchedRelease, change: Callable[[Path], object], refusal: type[Exception]
) -> None:
    model = machine(tmp_path)
    before = model.writes
    change(fetched.folder)
    with pytest.raises(refusal):
        model.slots().install(fetched, quiet)
    assert model.writes == before


def test_keys_of_others_do_not_open(tmp_path: Path, fetched: FetchedRelease) -> None:
    model = machine(tmp_path)
    stranger = ReleaseKey(Ed25519PrivateKey.generate()).trusted()
    with pytest.raises(NotSigned):
        MachineSlots(stranger, model, model, model, verified=tmp_path / "verified").install(fetched, quiet)


def test_cancelling_leaves_a_machine_that_boots_as_before(tmp_path: Path, fetched: FetchedRelease) -> None:
    class Cancelled(Exception):
        pass

    def stop(what: str, done: int, total: int) -> None:
        if what.startswith("writing"):
            raise Cancelled

    model = machine(tmp_path)
    with pytest.raises(Cancelled):
        model.slots().install(fetched, stop)
    assert model.boot() == OLD


def test_nothing_is_installed_while_the_running_one_is_on_trial(
    tmp_path: Path, fetched: FetchedRelease
) -> None:
    model = machine(tmp_path)
    model.slots().install(fetched, quiet)
    assert model.boot() == NEW
    before = model.writes
    with pytest.raises(Refused, match=r"14.2.3-031 runs and is on-trial"):
        model.slots().install(published(OLDEST, tmp_path / "more"), quiet)
    assert model.writes == before


def test_nothing_is_installed_while_a_kernel_image_is_there_twice(
    tmp_path: Path, fetched: FetchedRelease
) -> None:
    model = machine(tmp_path)
    model.esp[survey.file_name(OLD, 1, 1)] = model.esp[survey.file_name(OLD)]
    with pytest.raises(Refused, match=r"14.2.3-027 has 2 kernel images"):
        model.slots().install(fetched, quiet)


def test_what_runs_is_neither_installed_again_nor_removed(tmp_path: Path) -> None:
    model = machine(tmp_path)
    with pytest.raises(Refused, match="it is what runs"):
        model.slots().install(published(OLD, tmp_path / "old"), quiet)
    with pytest.raises(RunningSlot):
        model.slots().remove(OLD)


def test_an_older_release_and_one_for_other_models_are_refused(
    tmp_path: Path, fetched: FetchedRelease
) -> None:
    """U5. Both are signed and whole."""
    model = machine(tmp_path)
    before = model.writes
    with pytest.raises(Refused, match="it is older than"):
        model.slots().install(published(OLDEST, tmp_path / "old"), quiet)
    elsewhere = MachineSlots(
        KEY.trusted(), model, model, model, verified=tmp_path / "verified", models=("C680", "C380")
    )
    with pytest.raises(Refused, match="does not name C680 among the models"):
        elsewhere.install(fetched, quiet)
    assert model.writes == before
    among = MachineSlots(KEY.trusted(), model, model, model, verified=tmp_path / "v", models=("C680", "C1"))
    among.install(fetched, quiet)


def test_removing_the_other_slot(tmp_path: Path) -> None:
    for model in cut_everywhere(tmp_path, lambda slots: slots.remove(OLDEST)):
        assert model.boot() == OLD
    model = machine(tmp_path)
    model.slots().remove(OLDEST)
    assert model.slots().survey().other.content is Content.EMPTY
    with pytest.raises(NoSuchSlot):
        model.slots().remove(OLDEST)
