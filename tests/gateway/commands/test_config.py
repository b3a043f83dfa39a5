"""The commands about the configuration as a whole, as scripts call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from lxml import etree

from gateway.commands import config as commands
from gateway.config import edit, xml
from gateway.config.applier import AppliesNothing
from gateway.config.elements.logs import LogSubscription, LogType
from gateway.config.errors import BadName, ConfigBroken, ConfigUnreadable, Conflicts, Masked, NotDecrypted
from gateway.config.machine import Machine
from gateway.config.store import Store
from mailward.errors import MailwardError
from tests.gateway.config.made import BEGIN, store
from tests.gateway.service.running import Service, Sink, wait_for

CONFIG = edit.update(
    BEGIN, (), log_subscriptions=[LogSubscription(log_name="m", log_type=LogType.MAIL, passphrase="s3cret")]
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(commands, "identify", lambda: Machine("C100V", "VMW42", "14.2.3-031"))
    monkeypatch.setattr(commands, "_user", lambda: "ann")
    (tmp_path / "config.xml").write_bytes(xml.dumps(CONFIG))
    return tmp_path


def run(folder: Path, command: click.Command, *words: str, given: str | bytes = "") -> str:
    result = CliRunner().invoke(command, [*words, "--folder", str(folder)], input=given)
    if isinstance(result.exception, MailwardError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def answer(folder: Path, command: click.Command, *words: str, given: str | bytes = "") -> Any:
    return json.loads(run(folder, command, *words, "--json", given=given))


def test_show_is_masked_unless_told(folder: Path) -> None:
    shown = run(folder, commands.showconfig)
    assert shown.startswith('<?xml version="1.0" encoding="ISO-8859-1"?>')
    assert "s3cret" not in shown
    assert "s3cret" in run(folder, commands.showconfig, "--passwords", "plain")
    store(folder).edit("ann", edit.update(CONFIG, (), hostname="mail.example.com"))
    assert "mail.example.com" not in run(folder, commands.showconfig)
    assert "mail.example.com" in answer(folder, commands.showconfig, "--candidate")["config"]


def test_save_and_load(folder: Path) -> None:
    said = run(folder, commands.saveconfig)
    (path,) = folder.glob("C100V-VMW42-*.xml")
    assert said == (
        f"File written: {path}\nPasswords are masked: a file that has any cannot be loaded with loadconfig.\n"
    )
    with pytest.raises(Masked):
        run(folder, commands.loadconfig, path.name)
    phrase = folder / "phrase"
    phrase.write_text("a word\n")
    words = ("--passwords", "encrypted", "--passphrase-file", str(phrase), "--name", "e.xml")
    assert answer(folder, commands.saveconfig, *words)["file"] == str(folder / "e.xml")
    with pytest.raises(NotDecrypted):
        run(folder, commands.loadconfig, "e.xml")
    same = answer(folder, commands.loadconfig, "e.xml", "--passphrase-file", str(phrase))
    assert same == {"changed": [], "notices": [], "user": "ann"}
    with pytest.raises(BadName):
        run(folder, commands.saveconfig, "--name", "config.xml")


def test_pasted_parts(folder: Path) -> None:
    text = "<config><dictionary_limit>120</dictionary_limit></config>"
    said = run(folder, commands.loadconfig, "--partial", "-", given=text)
    assert said.splitlines() == [
        "~ dictionary_limit: 100 -> 120",
        "These changes wait for `commit`; `clear` drops them.",
    ]
    assert run(folder, commands.config, "diff") == "~ dictionary_limit: 100 -> 120\n"
    with pytest.raises(ConfigBroken):
        run(folder, commands.loadconfig, "--partial", "-", given="<config><x/></config>")
    assert store(folder).candidate("ann").config.dictionary_limit == 120  # as it was


def test_a_link_is_not_followed(folder: Path) -> None:
    (folder / "l.xml").symlink_to("/etc/passwd")
    with pytest.raises(ConfigUnreadable, match="it is a link"):
        run(folder, commands.loadconfig, "l.xml")


def test_rollback_lists_and_goes_back(folder: Path) -> None:
    place = store(folder)
    place.edit("ann", edit.update(CONFIG, (), hostname="mail.example.com"))
    place.commit("ann", "a name", AppliesNothing())
    assert [line["comment"] for line in answer(folder, commands.rollbackconfig)] == [
        "a name",
        "first configuration",
    ]
    listed = run(folder, commands.rollbackconfig).splitlines()
    assert listed[0].split() == ["Revision", "Committed", "(UTC)", "By", "Changes", "Comment"]
    assert answer(folder, commands.rollbackconfig, "1")["changed"] == ["hostname"]
    assert store(folder).candidate("ann").config == CONFIG


def test_reset(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from gateway.config import factory

    (tmp_path / factory.FACTORY).parent.mkdir(parents=True)
    (tmp_path / factory.FACTORY).write_bytes(b"<config><hostname>new.example</hostname><listeners/></config>")
    monkeypatch.setattr(commands, "reset", lambda config, network: factory.reset(config, network, tmp_path))
    run(folder, commands.resetconfig, "--network", "keep", "--yes")
    config = store(folder).candidate("ann").config
    assert (config.hostname, config.log_subscriptions, config.listeners) == ("mx.example.com", [], [])
    assert answer(folder, commands.resetconfig, "--network", "take", "--yes")["changed"][0] == "hostname"


def test_conflicts_are_decided(folder: Path) -> None:
    for user, name in (("ann", "a.example.com"), ("bob", "b.example.com")):
        store(folder).edit(user, edit.update(CONFIG, (), hostname=name))
    store(folder).commit("bob", "", AppliesNothing())
    with pytest.raises(Conflicts):
        run(folder, commands.config, "merge")
    assert answer(folder, commands.config, "merge", "--mine")["changed"] == ["hostname"]
    assert store(folder).commit("ann", "", AppliesNothing()).config.hostname == "a.example.com"


def test_recover_ships_the_schemas(folder: Path) -> None:
    assert answer(folder, commands.config, "recover") == {"recovered": "nothing"}
    result = CliRunner().invoke(commands.config, ["schema"])
    assert (folder / "config.xsd").read_bytes() == result.stdout_bytes
    assert etree.XMLSchema(etree.fromstring(result.stdout_bytes)).validate(etree.parse(folder / "config.xml"))
    result = CliRunner().invoke(commands.config, ["schema", "--dtd"])
    assert (folder / "config.dtd").read_bytes() == result.stdout_bytes
    result = CliRunner().invoke(commands.config, ["check", str(folder / "config.xml")])
    assert result.stdout == f"{folder / 'config.xml'} is a configuration.\n"


@pytest.mark.process
def test_the_configuration_arrives_by_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the real service, without a listener that relays for it."""
    monkeypatch.setattr(commands, "identify", lambda: Machine("C100V", "VMW42", "14.2.3-031"))
    sink = Sink()
    with Service(tmp_path, sink.port) as service:
        words = ("me@example.com", "you@example.com", "--control", str(service.control))
        found = answer(tmp_path, commands.mailconfig, *words)
        assert found["mid"] > 0
        wait_for(lambda: len(sink.messages) == 1)
        with pytest.raises(MailwardError, match="arguments it cannot take"):
            answer(tmp_path, commands.mailconfig, "nobody at all", "--control", str(service.control))
        log = service.log()
    (text,) = sink.messages
    assert b"Subject: Configuration of " in text
    assert b'filename="C100V-VMW42-' in text
    assert f"MID {found['mid']} ready" in log
    sink.close()
    assert Store(tmp_path).candidates() == []
