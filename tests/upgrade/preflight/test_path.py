from mailward.version import Version
from tests.upgrade.releases import U1
from upgrade.catalogue.catalogue import catalogue
from upgrade.planner import Wish
from upgrade.preflight.check import Answer, Severity
from upgrade.preflight.path import judge


def ask(source: str, target: str, **more: object) -> Answer:
    return judge(catalogue(), Wish(Version.parse(source), Version.parse(target), **more))  # type: ignore[arg-type]


def test_exactly_the_pairs_of_u1_pass() -> None:
    sources = {source for _, text in U1.values() for source in text.split()} | set(U1)
    for target, (_, text) in U1.items():
        passed = {source for source in sources if ask(source, target).severity is Severity.PASS}
        assert passed == set(text.split())


def test_two_upgrades_away_names_the_next_stop() -> None:
    answer = ask("13.5.1-277", "14.2.3-031")
    assert answer.severity is Severity.BLOCK
    assert answer.finding.startswith("14.2.3-031 is 2 upgrades away")
    assert answer.remedy.startswith("Upgrade to 14.2.1-020 first")


def test_a_denied_version_says_why() -> None:
    denied = {Version.parse("14.2.3-031"): "it was rolled back on Tuesday"}
    answer = ask("14.2.3-027", "14.2.3-031", denied=denied)
    assert answer.severity is Severity.BLOCK and "rolled back on Tuesday" in answer.finding
