from pathlib import Path

from gateway.logs.maillog import Level, MailLog, quoted
from gateway.logs.rollover import roll_over

NOON = 1_790_000_000.0


def test_lines_and_batches(tmp_path: Path) -> None:
    path = tmp_path / "mail.current"
    log = MailLog(path, clock=lambda: NOON)
    log.say("New SMTP ICID 5")
    log.write(Level.WARNING, "careful")
    assert not path.exists()
    log.flush()
    first, second = path.read_text().splitlines()
    assert first.endswith(" 2026 Info: New SMTP ICID 5")
    assert second.endswith(" 2026 Warning: careful")


def test_two_writers_and_a_rollover(tmp_path: Path) -> None:
    path = tmp_path / "mail.current"
    one, two = MailLog(path), MailLog(path)
    for log in (one, two):
        log.say("before")
        log.flush()
    assert not roll_over(path, NOON)
    assert roll_over(path, NOON, size=10)
    for log in (one, two):
        log.say("after")
        log.flush()
    assert path.read_text().count("after") == 2
    (closed,) = tmp_path.glob("mail.@*.s")
    assert closed.read_text().count("before") == 2


def test_old_files_go(tmp_path: Path) -> None:
    path = tmp_path / "mail.current"
    for hour in range(5):
        path.write_text("x")
        roll_over(path, NOON + 3600 * hour, force=True, keep=2)
    assert len(list(tmp_path.iterdir())) == 2


def test_twice_in_a_second(tmp_path: Path) -> None:
    path = tmp_path / "mail.current"
    for text in ("first", "second"):
        path.write_text(text)
        assert roll_over(path, NOON, force=True)
    assert sorted(closed.read_text() for closed in tmp_path.glob("mail.@*.s")) == ["first", "second"]


def test_a_disk_that_refuses_keeps_lines_for_a_while(tmp_path: Path) -> None:
    log = MailLog(tmp_path / "none" / "mail.current")
    log.say("kept")
    log.flush()
    (tmp_path / "none").mkdir()
    log.flush()
    assert "kept" in (tmp_path / "none" / "mail.current").read_text()


def test_nobody_forges_a_line() -> None:
    assert quoted('a\r\nTue: "x"\x1b[0m') == '"a  Tue: "x" [0m"'
