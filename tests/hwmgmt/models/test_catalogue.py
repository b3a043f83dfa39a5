import ast
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.models.catalogue import UnknownModel, catalogue, load
from hwmgmt.models.figure import Figure, Provenance, UnverifiedFigure
from hwmgmt.models.model import ModelKind, PortKind, PortRole, QuotaArea, UnsupportedModel
from hwmgmt.models.schema import BLOCKING, BadModel, parse_model
from hwmgmt.size import GIB, KIB

REPOSITORY = Path(__file__).parents[3]
DATA = REPOSITORY / "hwmgmt/models/data"


def test_the_models_are_those_of_the_release_notes() -> None:
    """U5 and H1."""
    names = {model.name for model in catalogue().supported()}
    assert names == {"C190", "C195", "C390", "C395", "C690", "C695", "C695F", "C100V", "C300V", "C600V"}
    refused = {model.name for model in catalogue()} - names
    assert refused == set(
        ["C160", "C360", "C660", "X1060", "C170", "C370", "C370D", "C670", "X1070", "C380", "C680"]
    )


@pytest.mark.parametrize(
    ("gib", "messages", "names"),
    [
        (10, 690_000, ["C190", "C195", "C100V"]),
        (35, 2_440_000, ["C390", "C395"]),
        (70, 4_890_000, ["C690", "C695", "C695F", "C300V", "C600V"]),
    ],
)
def test_mail_queues_hold_the_messages_the_technote_says(gib: int, messages: int, names: list[str]) -> None:
    """The technote's "GB" can only be GiB: its counts are GiB over 15 KiB, cut to ten thousands."""
    assert gib * GIB // (15 * KIB) // 10_000 * 10_000 == messages
    for name in names:
        assert catalogue().get(name).quota_bytes[QuotaArea.MAIL_QUEUE] == gib * GIB


def test_only_the_c695f_has_fibre() -> None:
    ports = {model.name: model.interfaces for model in catalogue().supported()}
    fibre = [name for name, row in ports.items() if any(port.kind is PortKind.FIBRE for port in row)]
    assert fibre == ["C695F"]


def test_every_supported_model_can_be_built_for() -> None:
    for model in catalogue().supported():
        assert model.cpus >= 1
        assert model.memory_bytes >= 4 * GIB
        assert 0 < model.min_disk_bytes <= model.default_disk_bytes
        assert sum(port.role is PortRole.MANAGEMENT for port in model.interfaces) == 1
        assert model.console == "ttyS0"
        assert set(model.quota_bytes) == set(QuotaArea)
        assert (PortKind.VIRTUAL in {p.kind for p in model.interfaces}) is (model.kind is ModelKind.VIRTUAL)


def test_an_unsupported_model_says_why_and_what_to_do() -> None:
    with pytest.raises(UnsupportedModel, match=r"C380 is not supported: .*x80") as caught:
        catalogue().get("c380").cpus  # noqa: B018
    assert "virtual" in caught.value.hint()


def test_an_unknown_model_names_what_may_be_meant_and_the_supported_ones() -> None:
    with pytest.raises(UnknownModel) as caught:
        catalogue().get("c965f")
    assert caught.value.hint().startswith("Did you mean C695F")
    assert "runs on C190, C195, C390, C395, C690, C695, C695F, C100V, C300V, C600V" in caught.value.hint()
    with pytest.raises(UnknownModel) as caught:
        catalogue().get("hal-9000")
    assert caught.value.hint().startswith("This release runs on")


def test_an_unverified_figure_cannot_block() -> None:
    memory = catalogue().get("C195").need().memory
    assert memory.value == 16 * GIB
    with pytest.raises(UnverifiedFigure, match="memory of C195 is not verified"):
        memory.for_blocking()


def test_a_converted_figure_keeps_its_provenance() -> None:
    figure = Figure("C195", "memory", 1024, Provenance("recalled", verified=False))
    half = figure.map(lambda size: size // 2)
    assert half.value == 512
    with pytest.raises(UnverifiedFigure):
        half.for_blocking()


def test_figures_behind_blocking_checks_are_verified_in_every_model() -> None:
    behind = {
        (model.name, figure.name): figure.provenance.verified
        for model in catalogue()
        for figure in model.figures()
        if figure.name in BLOCKING
    }
    assert len(behind) == 10 * len(BLOCKING)
    assert all(behind.values())


def test_blocking_checks_take_declared_figures_only() -> None:
    """Every `….NAME.for_blocking()` in the code names a figure that the loader wants verified."""
    asked = set()
    for floor in ("hwmgmt", "upgrade", "gateway", "image"):
        for file in (REPOSITORY / floor).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "for_blocking"
                    and isinstance(node.func.value, ast.Attribute)
                ):
                    asked.add(node.func.value.attr)
    assert "min_disk" in asked
    assert asked <= {name.rpartition(".")[2] for name in BLOCKING}


def change(name: str, old: str, new: str) -> str:
    text = (DATA / f"{name}.toml").read_text()
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("names =", "nmes =", "detect.names is missing"),
        ("[memory]", '[memory]\nspeed = "2933"', "unknown key memory.speed"),
        ('kind = "hardware"', 'kind = "cloud"', "not one of hardware, virtual"),
        ("sockets = 1", "sockets = true", "cpu.sockets must be int, not bool"),
        ("sockets = 1", "sockets = 99", "cpu.sockets must be 1 to 8"),
        ('"16 GiB"', '"16 GBit"', "memory.size: '16 GBit' is not a size"),
        ('source = "recalled"', 'source = "hearsay"', "'hearsay' is not in sources.toml"),
        ('name = "Data 1"', 'name = "Data 2"', "none twice"),
        ('size = "24 GiB"\nsource', 'size = "12 GiB"\nsource', "do not fit on min_disk"),
        ('size = "600 GB"\nsource', 'size = "90 GB"\nsource', "do not fit on default_disk"),
        (
            'source = "technote-118369"\nverified = true',
            'source = "recalled"\nverified = false',
            "must be verified",
        ),
        ("supported = true", 'supported = false\nwhy = "old"\nadvice = "buy"', "unknown key"),
        ("[cpu]", "[cpu", "line"),
    ],
)
def test_a_wrong_file_is_refused_whole(old: str, new: str, problem: str) -> None:
    with pytest.raises(BadModel, match=problem):
        parse_model(change("C195", old, new), catalogue().sources.keys())


def test_a_folder_of_files(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"sources\.toml"):
        load(tmp_path)
    (tmp_path / "sources.toml").write_bytes((DATA / "sources.toml").read_bytes())
    (tmp_path / "C100.toml").write_bytes((DATA / "C195.toml").read_bytes())
    with pytest.raises(BadModel, match="holds C195"):
        load(tmp_path)


@given(st.text(max_size=300))
def test_any_text_is_a_model_or_refused(text: str) -> None:
    with pytest.raises(BadModel):
        parse_model(text, {"mailward"})


@given(st.data())
def test_a_file_with_any_line_replaced_is_a_model_or_refused(data: st.DataObject) -> None:
    lines = (DATA / "C695F.toml").read_text().splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    lines[number] = data.draw(st.sampled_from(lines) | st.text(max_size=30) | st.just('size = "1 EiB"'))
    with contextlib.suppress(BadModel):
        assert parse_model("\n".join(lines), catalogue().sources.keys()).name
