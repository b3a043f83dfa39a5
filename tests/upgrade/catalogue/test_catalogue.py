from pathlib import Path

import pytest

from hwmgmt.models.catalogue import catalogue as models
from mailward.version import Version
from tests.upgrade.releases import PAIRS, U1, release, shelf
from upgrade.catalogue.catalogue import BadCatalogue, Line, UnknownRelease, catalogue, load
from upgrade.catalogue.document import BadRelease, dump_release, parse_release
from upgrade.catalogue.release import ConditionId

VULNERABLE = "9.1.2-023 9.1.2-028 9.1.2-036 9.7.2-046 9.7.2-047 9.7.2-054 10.0.0-124 10.0.0-125"


def test_the_releases_and_their_sources_are_those_of_u1() -> None:
    shipped = catalogue().releases
    assert {str(v): (r.label, " ".join(map(str, r.sources))) for v, r in shipped.items()} == U1
    assert len(PAIRS) == 60


def test_hardware_is_that_of_u5_and_of_the_model_catalogue() -> None:
    for one in catalogue().releases.values():
        assert set(one.hardware.supported) == {model.name for model in models().supported()}
        assert set(one.hardware.unsupported) == {model.name for model in models() if not model.supported}


def test_the_vulnerable_are_those_of_u11() -> None:
    assert " ".join(map(str, catalogue().vulnerable.versions)) == VULNERABLE


def test_every_release_of_14_2_wants_fips_mode_off() -> None:
    """U9."""
    for one in catalogue().releases.values():
        assert [c.blocks for c in one.conditions if c.id is ConditionId.FIPS_OFF] == [True]


def test_multi_scan_and_graymail_matter_to_who_comes_from_before_14_2() -> None:
    """U10."""
    newest = max(catalogue().releases.values(), key=lambda one: one.id)
    condition = next(c for c in newest.conditions if c.id is ConditionId.IMS_GRAYMAIL_LEVEL)
    assert not condition.blocks
    assert condition.concerns_source(Version.parse("14.0.3-015"))
    assert not condition.concerns_source(Version.parse("14.2.0-620"))


def test_the_issues_of_the_release_notes_are_known_everywhere() -> None:
    """U15 and U18."""
    for one in catalogue().releases.values():
        assert [issue.id for issue in one.known] == ["CSCuz28415", "CSCvy08110"]


def test_every_shipped_release_travels_as_a_document() -> None:
    for one in catalogue().releases.values():
        assert parse_release(dump_release(one)) == one


def test_notes_in_between_are_those_of_lines_and_releases_on_the_way() -> None:
    """U13."""
    passed = catalogue().between(Version.parse("13.5.1-277"), Version.parse("14.2.1-015"))
    names = [item.name if isinstance(item, Line) else str(item.id) for item in passed]
    assert names == ["13.7", "14.0", "14.2.0-620", "14.2.1-015"]
    assert catalogue().between(Version.parse("14.2.3-027"), Version.parse("14.2.3-027")) == ()


def test_an_update_knows_what_it_updates() -> None:
    known = catalogue()
    bases = {str(one.id): known.base_of(one) for one in known.releases.values()}
    assert {name: str(base.id) for name, base in bases.items() if base} == {
        "14.2.1-020": "14.2.1-015",
        "14.2.3-031": "14.2.3-027",
    }


def test_a_release_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(UnknownRelease) as caught:
        catalogue().get(Version.parse("14.2.3-032"))
    assert "14.2.3-031" in caught.value.hint()


def test_a_releases_own_document_replaces_what_was_known_of_it() -> None:
    old, new = Version(14, 2, 1, 1), Version(14, 2, 2, 1)
    before = shelf([release(new, [old])])
    after = before.with_release(release(new, [], dead_end="it loses mail"))
    assert after.get(new).dead_end == "it loses mail"
    assert before.get(new).dead_end is None
    assert list(after.with_release(release(old)).releases) == [old, new]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small catalogue in which every test breaks one thing."""
    for name, text in {
        "releases/14.2.3-031.toml": 'format = 1\nversion = "14.2.3"\nbuild = "031"\ndeployment = "MD"\n'
        'sources = ["14.2.3-027"]\n',
        "shared/14.2.toml": 'hardware = { supported = ["C190"] }\n',
        "lines.toml": '[[lines]]\nname = "14.0"\n[[lines]]\nname = "13.7"\n',
        "vulnerable.toml": 'reason = "it leaks"\nadvisory = "A-1"\nversions = ["9.1.2-023"]\n',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_folder_is_a_catalogue(folder: Path) -> None:
    known = load(folder, ["C190"])
    assert list(map(str, known.releases)) == ["14.2.3-031"]
    assert [line.name for line in known.lines] == ["13.7", "14.0"]


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("releases/14.2.3-031.toml", '"031"', '"032"', "it holds 14.2.3-032"),
        ("releases/14.2.3-031.toml", "format", "formal", "formal"),
        ("shared/14.2.toml", "C190", "C910", "there is no model C910"),
        ("shared/14.2.toml", "{", "[", "14.2.toml"),
        ("lines.toml", "14.0", "13.7", "twice"),
        ("lines.toml", '"14.0"', '"14"', "lines.0.name"),
        ("lines.toml", '"14.0"', "2026-11-24", "date"),
        ("vulnerable.toml", "023", "23", "not a release version"),
        ("vulnerable.toml", "reason", "season", "season"),
    ],
)
def test_a_mistake_in_a_file_refuses_the_catalogue(
    folder: Path, file: str, old: str, new: str, problem: str
) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises((BadCatalogue, BadRelease)) as caught:
        load(folder, ["C190"])
    assert problem in str(caught.value)


@pytest.mark.parametrize("missing", ["lines.toml", "vulnerable.toml", "releases", "shared"])
def test_a_missing_file_refuses_the_catalogue(folder: Path, missing: str) -> None:
    (folder / missing).rename(folder / "elsewhere")
    with pytest.raises(BadCatalogue, match=missing):
        load(folder, ["C190"])


def test_a_file_that_is_no_text_refuses_the_catalogue(folder: Path) -> None:
    (folder / "lines.toml").write_bytes(b"\xff")
    with pytest.raises(BadCatalogue, match=r"lines\.toml"):
        load(folder, ["C190"])
