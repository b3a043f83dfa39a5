"""Every state that two slots can be in, in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hwmgmt.reading import Reason, known, missing
from tests.upgrade.slots.model import NEW, OLD, OLDEST, Model
from upgrade.slots import cli, survey
from upgrade.slots.protocol import Content, Standing


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("mailward_14.2.3-031.efi", (NEW, None, None)),
        ("mailward_14.2.3-031+2-0.efi", (NEW, 2, 0)),
        ("mailward_14.2.3-031+0-3.efi", (NEW, 0, 3)),
        ("mailward_14.2.3-031+3.efi", (NEW, 3, 0)),
        (".#sysupdatemailward_14.2.3-031+2-0.efi3b26bf3c", None),
        ("mailward_14.2.3-31.efi", None),
        ("debian.efi", None),
    ],
)
def test_names_of_kernel_images(name: str, parsed: object) -> None:
    assert survey.parse_name(name) == parsed


def renamed(old: str, new: str) -> Callable[[Model], None]:
    return lambda model: model.esp.update({new: model.esp.pop(old)})


def half_written(model: Model) -> None:
    model.label(model.device, 5, survey.EMPTY)


def emptied(model: Model) -> None:
    model.slots().remove(OLDEST)


KERNEL = survey.file_name(OLDEST)


@pytest.mark.parametrize(
    ("change", "content", "standing", "words"),
    [
        (lambda model: None, Content.WHOLE, Standing.BLESSED, "blessed"),
        (emptied, Content.EMPTY, Standing.NONE, "empty"),
        (half_written, Content.PARTIAL, Standing.NONE, "half-written"),
        (lambda model: model.esp.pop(KERNEL), Content.PARTIAL, Standing.NONE, "half-written"),
        (
            lambda model: model.esp.update({KERNEL: b"uki cut"}),
            Content.PARTIAL,
            Standing.NONE,
            "half-written",
        ),
        (
            renamed(KERNEL, survey.file_name(OLDEST, 1, 1)),
            Content.WHOLE,
            Standing.TRIAL,
            "on trial, 1 try left",
        ),
        (
            renamed(KERNEL, survey.file_name(OLDEST, 0, 2)),
            Content.WHOLE,
            Standing.BAD,
            "bad: starts only if the other slot cannot",
        ),
    ],
)
def test_states_of_the_other_slot(
    tmp_path: Path, change: Callable[[Model], object], content: Content, standing: Standing, words: str
) -> None:
    model = Model(tmp_path)
    change(model)
    found = model.slots().survey()
    assert (found.other.content, found.other.standing) == (content, standing)
    assert cli.words(found.other) == words
    assert cli.words(found.running) == "runs, blessed"
    assert found.problems == ()
    assert [slot["running"] for slot in json.loads(json.dumps(cli.document(found)))["slots"]] == [True, False]


def test_a_start_that_the_loader_did_not_make_is_a_problem(tmp_path: Path) -> None:
    """kexec: the boot counter is then another's."""
    running = Model(tmp_path).slots().survey().running
    assert survey.foreign_start(running, known(survey.file_name(OLD))) == ""
    assert survey.foreign_start(running, known(survey.file_name(OLD, 1, 1))) == ""
    assert "but 14.2.3-027 runs" in survey.foreign_start(running, known(survey.file_name(NEW)))
    assert "is not known (absent" in survey.foreign_start(running, missing(Reason.ABSENT, "no EFI"))
