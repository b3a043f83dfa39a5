"""The running configuration, the candidates of administrators, and the history.

    <folder>/config.xml        what runs; other programs read it
    <folder>/.store/state      the stamp of config.xml; writing it is what makes a commit count
    <folder>/.store/commit     a commit under way: its stamp; `old.xml` and `new.xml` beside it
    <folder>/.store/candidates/<user>.json, history/<number>.{json,xml.gz}, lock

Each change of a file is one durable step (`gateway.config.durable`). Whatever the step before which the power goes,
config.xml is the old or the new one whole, and `recover` finishes the commit if its stamp was written and undoes it
if not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from gateway.config import schema, xml
from gateway.config.applier import Applier
from gateway.config.candidates import Candidate, Draft, Drafts
from gateway.config.diff import Change, changes
from gateway.config.durable import Disk
from gateway.config.errors import ConfigUnwritable, Conflicts, NotRecorded
from gateway.config.history import History
from gateway.config.lock import locked
from gateway.config.merge import Conflict, Merge, Prefer
from gateway.config.model import Config
from gateway.config.revision import OUTSIDE, Record, Revision, Stamp, digest, record
from gateway.config.transaction import Recovered, Transaction
from gateway.config.writing import Header

FOLDER = Path("/configuration")
COMMENT = 500  # characters


def _now() -> datetime:
    return datetime.now(UTC)


def _header(when: datetime) -> Header:
    # Looking what the machine is takes code that only a commit needs.
    from gateway.config.machine import identify

    return identify().header(when)


def _line(comment: str) -> str:
    """As it can be shown in a table: one line, no control characters."""
    return "".join(c for c in " ".join(comment.split()) if c.isprintable())[:COMMENT]


class Store:
    """The folder with the configuration. Methods that write raise ConfigUnwritable if the disk does not take it."""

    def __init__(
        self,
        folder: Path = FOLDER,
        clock: Callable[[], datetime] = _now,
        disk: Disk | None = None,
        header: Callable[[datetime], Header] | None = None,
    ) -> None:
        """`header` says what config.xml has on top; without it, what this machine is."""
        self.folder = folder
        self._inside = folder / ".store"
        self._clock = clock
        self._disk = disk or Disk()
        self._header = header or _header
        self._drafts = Drafts(self._inside / "candidates", self._disk)
        self._history = History(self._inside / "history", self._disk)
        self._transaction = Transaction(folder, self._inside, self._disk)
        self._parsed: dict[str, Config] = {}

    @property
    def path(self) -> Path:
        """Where what runs stands."""
        return self.folder / "config.xml"

    # -- reading

    def running(self) -> Revision:
        """What runs. A file that was put there by hand is a revision of `(outside)`.

        While a commit is under way it is the one of before. Raises ConfigUnreadable, ConfigBroken, StoreDamaged.
        """
        return self._running()[0]

    def candidate(self, user: str) -> Candidate:
        """What `user` has in hand. Raises what `running` does, BadUser, and StoreDamaged if it is not readable."""
        running, _ = self._running()
        draft = self._drafts.get(user)
        if draft is None:
            return Candidate(user, running.config, running, False)
        config = self._parse(draft.text, draft.config)
        base = Revision(draft.base, self._parse(draft.base_text, draft.base_config))
        return Candidate(user, config, base, config != base.config)

    def pending(self, user: str) -> tuple[Change, ...]:
        """What `user` changed and did not commit. `gateway.config.diff.text` makes it readable."""
        candidate = self.candidate(user)
        return changes(candidate.base.config, candidate.config)

    def candidates(self) -> list[str]:
        """Users who have changes that are not committed."""
        return self._drafts.users()

    def history(self) -> tuple[Record, ...]:
        """The commits that are kept, newest first. Raises StoreDamaged."""
        return self._history.records()

    def revision(self, number: int) -> Revision:
        """One of the history. Raises NoRevision, StoreDamaged, ConfigBroken."""
        return self._history.revision(number)

    # -- candidates

    def edit(self, user: str, config: Config, *, since: Candidate | None = None) -> Candidate:
        """Make `config` what `user` has in hand.

        `since` is the candidate that `config` was made from: with it, what the same user did in another session
        meanwhile is kept. Raises NotAcceptable if a file cannot carry it, BadUser, Conflicts.
        """
        text = xml.dumps(config)
        with self._writing(), self._candidates():
            running, running_text = self._running()
            draft = self._drafts.get(user) or Draft(running.stamp, running_text, running_text)
            present = self._parse(draft.text, draft.config)
            if since is not None and since.config != present:
                merge = Merge()
                config = merge.merge(since.config, config, present)
                if merge.conflicts:
                    raise Conflicts(conflicts="; ".join(map(str, merge.conflicts)))
                text = xml.dumps(config)
            self._keep(text, config)
            if config == self._parse(draft.base_text, draft.base_config):
                self._drafts.drop(user)
            else:
                self._drafts.put(user, Draft(draft.base, draft.base_text, text))
        return self.candidate(user)

    def clear(self, user: str) -> None:
        """Drop what `user` changed and did not commit."""
        with self._writing(), self._candidates():
            self._drafts.drop(user)

    def rollback(self, number: int, user: str) -> Candidate:
        """Make a revision of before what `user` has in hand, to be committed. Raises as `revision`."""
        return self._begin(user, self.revision(number).config)

    def rebase(self, user: str, prefer: Prefer = None) -> Candidate:
        """Bring into the candidate what others committed since; `prefer` decides conflicts.

        Raises Conflicts if there are some and `prefer` is None, NotAcceptable if both together are not valid.
        """
        candidate = self.candidate(user)
        running = self.running()
        if not candidate.changed or candidate.base.stamp.digest == running.stamp.digest:
            return candidate
        return self._begin(user, self._merged(candidate, running, prefer))

    def _begin(self, user: str, config: Config) -> Candidate:
        """A candidate that begins with what runs now, in the place of the one there was."""
        text = xml.dumps(config)
        with self._writing(), self._candidates():
            running, running_text = self._running()
            if config == running.config:
                self._drafts.drop(user)
            else:
                self._drafts.put(user, Draft(running.stamp, running_text, text))
        return self.candidate(user)

    # -- commit

    def commit(self, user: str, comment: str, applier: Applier, *, prefer: Prefer = None) -> Revision:
        """Make the candidate of `user` what runs; with nothing changed, the answer is what ran before.

        Atomic over merge, validation, writing and applying. Raises Conflicts, NotAcceptable (the candidate stays as it
        is), NotApplied (the cause is the applier's error; the old one is in effect again), NotUndone, Busy.
        """
        with locked(self._inside, self._disk, user), self._writing():
            interrupted = self._recover()
            running, text = self._running()
            draft = self._drafts.get(user)
            candidate = self.candidate(user)
            new = candidate.config
            if candidate.base.stamp.digest != running.stamp.digest:
                new = self._merged(candidate, running, prefer)
            now = self._clock()
            new_text = xml.dumps(new, header=self._header(now))
            new = xml.loads(new_text, name="of the candidate")  # in full, as the next start will read it
            if draft is None or new == running.config:
                self.clear(user)
                return running
            self._adopt(running, text)
            stamp = Stamp(running.number + 1, user, now, _line(comment), digest(new_text))
            done = record(stamp, changes(running.config, new), digest(draft.text))
            # Behind an interrupted commit the system may follow half of it.
            old = None if interrupted is Recovered.UNDONE else running.config
            self._transaction.run(
                done,
                new_text,
                lambda: applier.apply(old, new),
                lambda: applier.apply(None, running.config),
            )
            self._keep(new_text, new)
            try:
                self._finish(done, new_text)
            except OSError as error:
                raise NotRecorded(number=stamp.number, why=error.strerror or str(error)) from error
            return Revision(stamp, new)

    def recover(self, applier: Applier | None = None) -> Recovered:
        """Finish or undo the commit that was interrupted. To be called at the start, before anything reads config.xml.

        With an `applier` the system is made to follow what is the running configuration then; at a start, where
        everything is applied anyway, there is no need. Raises what applying raises.
        """
        with locked(self._inside, self._disk, "recover"), self._writing():
            found = self._recover()
            if found is Recovered.UNDONE:
                if applier is not None:
                    applier.apply(None, self.running().config)
                self._transaction.close()
            self._ship()
            return found

    def _ship(self) -> None:
        """The schemas of this release beside the file, for editors and other programs."""
        for name, make in (("config.dtd", schema.dtd), ("config.xsd", schema.xsd)):
            path, text = self.folder / name, make()
            if not path.exists() or path.read_bytes() != text:
                self._disk.write(path, text)

    def _recover(self) -> Recovered:
        found, done = self._transaction.recover()
        if found is Recovered.FINISHED and done is not None:
            self._finish(done, xml.read(self.path))
        return found

    def _finish(self, done: Record, text: bytes) -> None:
        """What is left to do when a commit counts; each step may be done again."""
        self._history.add(done, text)
        with self._candidates():
            draft = self._drafts.get(done.stamp.who)
            # What was edited meanwhile stays; what is in it and in the commit too merges without a trace.
            if draft is not None and digest(draft.text) == done.draft:
                self._drafts.drop(done.stamp.who)
        self._transaction.close()

    def _adopt(self, running: Revision, text: bytes) -> None:
        """A configuration that nobody committed becomes a line of the history, so that one can go back to it."""
        if running.who == OUTSIDE:
            self._history.add(record(running.stamp, ()), text)
            self._transaction.count(running.stamp)

    def _merged(self, candidate: Candidate, running: Revision, prefer: Prefer) -> Config:
        merge = Merge(prefer)
        config = merge.merge(candidate.base.config, candidate.config, running.config)
        if merge.conflicts and prefer is None:
            records = self._history.since(candidate.base.number)
            told = [self._blame(conflict, records, running) for conflict in merge.conflicts]
            raise Conflicts(conflicts="; ".join(told), places=["/".join(c.path) for c in merge.conflicts])
        return config

    def _blame(self, conflict: Conflict, records: tuple[Record, ...], running: Revision) -> str:
        """The conflict and who committed the other side of it when."""
        depth = len(conflict.path)
        stamp = running.stamp
        for line in records:
            if any(
                change.path[:depth] == conflict.path or conflict.path[: len(change.path)] == change.path
                for change in line.changes
            ):
                stamp = line.stamp
                break
        comment = f", {stamp.comment!r}" if stamp.comment else ""
        return f"{conflict} (by {stamp.who}, {stamp.when:%Y-%m-%d %H:%M:%S} UTC, revision {stamp.number}{comment})"

    # -- files

    def _running(self) -> tuple[Revision, bytes]:
        path, stamp = self._transaction.standing()
        text = xml.read(path)
        found = digest(text)
        if stamp is None or found != stamp.digest:
            # Somebody may have committed between the two looks.
            path, stamp = self._transaction.standing()
            text = xml.read(path)
            found = digest(text)
        config = self._parse(text, lambda: xml.loads(text, name=str(self.path)))
        if stamp is None or found != stamp.digest:
            comment = "config.xml was changed without commit" if stamp else "first configuration"
            when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            stamp = Stamp(stamp.number + 1 if stamp else 1, OUTSIDE, when, comment, found)
        return Revision(stamp, config), text

    def _parse(self, text: bytes, parse: Callable[[], Config]) -> Config:
        """The same text is parsed once."""
        found = self._parsed.get(digest(text))
        return found if found is not None else self._keep(text, parse())

    def _keep(self, text: bytes, config: Config) -> Config:
        while len(self._parsed) >= 4:  # the running one, a candidate, its base, and one more
            self._parsed.pop(next(iter(self._parsed)))
        return self._parsed.setdefault(digest(text), config)

    def _candidates(self) -> AbstractContextManager[None]:
        """Nobody else writes candidates meanwhile."""
        return locked(self._inside / "candidates", self._disk, "candidates")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            place = error.filename or self.folder
            raise ConfigUnwritable(path=place, why=error.strerror or str(error)) from error
