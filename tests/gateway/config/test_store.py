"""Candidates, commit, history: what an administrator does, each command with a store of its own as in a process."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gateway.config import diff, edit, xml
from gateway.config.applier import AppliesNothing
from gateway.config.elements.delivery import RouteHost, SmtpRoute
from gateway.config.errors import (
    BadUser,
    ConfigBroken,
    Conflicts,
    NoRevision,
    NotApplied,
    NotUndone,
    StaleCandidate,
    StoreDamaged,
)
from gateway.config.machine import Machine
from gateway.config.model import Config
from gateway.config.revision import OUTSIDE
from gateway.config.store import Store
from mailward.errors import MailwardError
from tests.gateway.config.made import BEGIN, Applied, Clock, Refused, store

NOTHING = AppliesNothing()
ROUTE = SmtpRoute(domain="example.com", hosts=[RouteHost(hostname="10.0.0.1")])


def name(folder: Path, user: str, hostname: str) -> None:
    place = store(folder)
    place.edit(user, edit.update(place.candidate(user).config, (), hostname=hostname))


def test_the_first_configuration_is_nobodys(tmp_path: Path) -> None:
    running = store(tmp_path).running()
    assert (running.number, running.who, running.config) == (1, OUTSIDE, BEGIN)
    assert store(tmp_path).candidate("ann").changed is False
    assert store(tmp_path).history() == ()


def test_changes_wait_for_commit_over_processes(tmp_path: Path) -> None:
    name(tmp_path, "ann", "mail.example.com")
    candidate = store(tmp_path).candidate("ann")
    assert candidate.changed and candidate.config.hostname == "mail.example.com"
    assert diff.text(store(tmp_path).pending("ann")) == "~ hostname: mx.example.com -> mail.example.com\n"
    assert store(tmp_path).running().config == BEGIN
    assert store(tmp_path).candidate("bob").changed is False
    applied = Applied()
    revision = store(tmp_path).commit("ann", "new name", applied)
    assert applied.calls == [("mx.example.com", "mail.example.com")]
    assert (revision.number, revision.who, revision.comment) == (2, "ann", "new name")
    assert store(tmp_path).running() == revision
    assert xml.load(tmp_path / "config.xml").hostname == "mail.example.com"
    assert store(tmp_path).candidates() == []
    records = store(tmp_path).history()
    assert [(r.stamp.number, r.stamp.who, r.count) for r in records] == [(2, "ann", 1), (1, OUTSIDE, 0)]
    assert records[0].changes[0].place == "hostname"


def test_clear_drops_and_nothing_to_commit_is_no_revision(tmp_path: Path) -> None:
    name(tmp_path, "ann", "mail.example.com")
    store(tmp_path).clear("ann")
    applied = Applied()
    assert store(tmp_path).commit("ann", "", applied).number == 1
    assert applied.calls == []
    name(tmp_path, "ann", "mail.example.com")
    name(tmp_path, "ann", "mx.example.com")
    assert store(tmp_path).candidates() == []


def test_what_cannot_be_applied_is_undone(tmp_path: Path) -> None:
    name(tmp_path, "ann", "bad.example.com")
    applied = Applied(refuses="bad.example.com")
    with pytest.raises(NotApplied) as caught:
        store(tmp_path).commit("ann", "", applied)
    assert "the network does not take it" in caught.value.explain()
    assert applied.calls == [("mx.example.com", "bad.example.com"), (None, "mx.example.com")]
    assert store(tmp_path).running().config == xml.load(tmp_path / "config.xml") == BEGIN
    assert store(tmp_path).candidate("ann").changed
    assert sorted(p.name for p in (tmp_path / ".store").iterdir()) == [
        "candidates",
        "history",
        "lock",
        "state",
    ]


def test_a_mistake_in_the_applier_is_undone_too(tmp_path: Path) -> None:
    class Mistaken(Applied):
        def apply(self, old: Config | None, new: Config) -> None:
            super().apply(old, new)
            if new != BEGIN:
                raise ZeroDivisionError

    name(tmp_path, "ann", "bad.example.com")
    applied = Mistaken()
    with pytest.raises(ZeroDivisionError):
        store(tmp_path).commit("ann", "", applied)
    assert applied.calls[-1] == (None, "mx.example.com")
    assert store(tmp_path).running().config == BEGIN


def test_when_going_back_fails_the_next_commit_trusts_nothing(tmp_path: Path) -> None:
    class Stubborn(Applied):
        def apply(self, old: Config | None, new: Config) -> None:
            super().apply(old, new)
            raise Refused()

    name(tmp_path, "ann", "bad.example.com")
    with pytest.raises(NotUndone):
        store(tmp_path).commit("ann", "", Stubborn())
    assert store(tmp_path).running().config == xml.load(tmp_path / "config.xml") == BEGIN
    applied = Applied()
    assert store(tmp_path).commit("ann", "", applied).number == 2
    assert applied.calls == [(None, "bad.example.com")]


def test_rollback_is_a_candidate(tmp_path: Path) -> None:
    for hostname in ("b.example.com", "c.example.com"):
        name(tmp_path, "ann", hostname)
        store(tmp_path).commit("ann", hostname, NOTHING)
    candidate = store(tmp_path).rollback(1, "bob")
    assert candidate.changed and candidate.config == BEGIN
    assert store(tmp_path).running().config.hostname == "c.example.com"
    assert store(tmp_path).commit("bob", "back", NOTHING).number == 4
    assert store(tmp_path).running().config == BEGIN
    with pytest.raises(NoRevision):
        store(tmp_path).rollback(9, "bob")


def test_two_administrators_both_keep_their_changes(tmp_path: Path) -> None:
    name(tmp_path, "ann", "mail.example.com")
    place = store(tmp_path)
    place.edit("bob", edit.add(place.candidate("bob").config, ("smtp_routes",), ROUTE))
    store(tmp_path).commit("bob", "", NOTHING)
    merged = store(tmp_path).commit("ann", "", NOTHING).config
    assert (merged.hostname, merged.smtp_routes) == ("mail.example.com", [ROUTE])


def test_a_conflict_says_who_and_loses_nothing(tmp_path: Path) -> None:
    name(tmp_path, "ann", "a.example.com")
    name(tmp_path, "bob", "b.example.com")
    store(tmp_path).commit("bob", "ours", NOTHING)
    with pytest.raises(Conflicts) as caught:
        store(tmp_path).commit("ann", "", NOTHING)
    assert str(caught.value) == (
        "Others changed what you changed: hostname: a.example.com here, b.example.com in the running one "
        "(by bob, 2026-01-02 03:05:05 UTC, revision 2, 'ours')"
    )
    assert store(tmp_path).candidate("ann").config.hostname == "a.example.com"
    assert store(tmp_path).rebase("ann", "mine").config.hostname == "a.example.com"
    assert store(tmp_path).commit("ann", "", NOTHING).config.hostname == "a.example.com"


def test_two_sessions_of_one_administrator(tmp_path: Path) -> None:
    place = store(tmp_path)
    seen = place.candidate("ann")
    name(tmp_path, "ann", "mail.example.com")
    both = place.edit("ann", edit.add(seen.config, ("smtp_routes",), ROUTE), since=seen)
    assert (both.config.hostname, both.config.smtp_routes) == ("mail.example.com", [ROUTE])
    with pytest.raises(Conflicts):
        place.edit("ann", edit.update(seen.config, (), hostname="other.example.com"), since=seen)


def test_what_is_edited_during_a_commit_stays(tmp_path: Path) -> None:
    class Slow(Applied):
        def apply(self, old: Config | None, new: Config) -> None:
            place = store(tmp_path)
            assert place.running().config == BEGIN  # not committed yet
            place.edit("ann", edit.add(place.candidate("ann").config, ("smtp_routes",), ROUTE))

    name(tmp_path, "ann", "mail.example.com")
    store(tmp_path).commit("ann", "", Slow())
    candidate = store(tmp_path).candidate("ann")
    assert candidate.config.smtp_routes == [ROUTE]
    merged = store(tmp_path).commit("ann", "", NOTHING).config
    assert (merged.hostname, merged.smtp_routes) == ("mail.example.com", [ROUTE])


def test_commits_at_the_same_time_are_one_behind_the_other(tmp_path: Path) -> None:
    users = [f"user{number}" for number in range(6)]
    for user in users:
        place = store(tmp_path)
        route = ROUTE.model_copy(update={"domain": f"{user}.example.com"})
        place.edit(user, edit.add(place.candidate(user).config, ("smtp_routes",), route))
    problems: list[MailwardError] = []

    def commit(user: str) -> None:
        try:
            store(tmp_path).commit(user, "", NOTHING)
        except MailwardError as error:
            problems.append(error)

    threads = [threading.Thread(target=commit, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    running = store(tmp_path).running()
    assert (running.number, len(running.config.smtp_routes)) == (7, 6)


def test_a_file_put_there_by_hand_becomes_a_revision(tmp_path: Path) -> None:
    name(tmp_path, "ann", "mail.example.com")
    store(tmp_path).commit("ann", "", NOTHING)
    by_hand = edit.update(BEGIN, (), hostname="hand.example.com")
    (tmp_path / "config.xml").write_bytes(xml.dumps(by_hand))
    running = store(tmp_path).running()
    assert (running.number, running.who, running.comment) == (
        3,
        OUTSIDE,
        "config.xml was changed without commit",
    )
    name(tmp_path, "ann", "next.example.com")
    assert store(tmp_path).commit("ann", "", NOTHING).number == 4
    assert store(tmp_path).revision(3).config == by_hand


def test_a_broken_file_and_broken_state_are_told(tmp_path: Path) -> None:
    place = store(tmp_path)
    name(tmp_path, "ann", "mail.example.com")
    (tmp_path / ".store/candidates/ann.json").write_text("{")
    with pytest.raises(StoreDamaged, match=r"ann\.json is damaged"):
        place.candidate("ann")
    place.clear("ann")
    assert place.candidate("ann").changed is False
    for user in ("../etc", "", ".x", "a/b", "x" * 65):
        with pytest.raises(BadUser):
            place.candidate(user)
    (tmp_path / "config.xml").write_text("<config>")
    with pytest.raises(ConfigBroken):
        store(tmp_path).running()


def test_the_history_is_limited(tmp_path: Path) -> None:
    place = store(tmp_path)
    place._history._count = 3
    for number in range(6):
        place.edit("ann", edit.update(place.candidate("ann").config, (), hostname=f"h{number}.example.com"))
        place.commit("ann", str(number), NOTHING)
    assert [record.stamp.number for record in place.history()] == [7, 6, 5]
    assert len(list((tmp_path / ".store/history").iterdir())) == 6
    place._history._octets = 1
    place.edit("ann", BEGIN)
    place.commit("ann", "", NOTHING)
    assert [record.stamp.number for record in place.history()] == [8, 7]


def test_what_is_committed_says_of_which_machine_it_is(tmp_path: Path) -> None:
    name(tmp_path, "ann", "mail.example.com")
    place = Store(tmp_path, Clock(), header=Machine("C190", "FCH1", "14.2.3-031").header)
    place.commit("ann", "", NOTHING)
    text = (tmp_path / "config.xml").read_text()
    assert "  Model Number: C190\n  Version: 14.2.3-031\n  Serial Number: FCH1\n" in text
    assert place.running().number == 2


def test_a_candidate_of_another_release_is_told(tmp_path: Path) -> None:
    name(tmp_path, "ann", "mail.example.com")
    path = tmp_path / ".store/candidates/ann.json"
    path.write_text(path.read_text().replace("fips_mode", "fips_modus"))
    for use in (lambda: store(tmp_path).pending("ann"), lambda: store(tmp_path).edit("ann", BEGIN)):
        with pytest.raises(StaleCandidate, match="do not fit this one"):
            use()
    store(tmp_path).clear("ann")
    assert store(tmp_path).pending("ann") == ()


def test_a_comment_is_one_line(tmp_path: Path) -> None:
    name(tmp_path, "ann", "mail.example.com")
    assert store(tmp_path).commit("ann", " a\n\tb\x1b[31m ", NOTHING).comment == "a b[31m"


def test_the_clock_is_the_stamps(tmp_path: Path) -> None:
    name(tmp_path, "ann", "mail.example.com")
    assert store(tmp_path).commit("ann", "", NOTHING).when == Clock()()
