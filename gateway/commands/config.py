"""`showconfig`, `saveconfig`, `mailconfig`, `loadconfig`, `resetconfig`, `rollbackconfig`, and `config …`.

What changes something changes the candidate of whoever calls; `commit` puts it into effect.
"""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.commands.options import control_option
from gateway.config import diff, schema, xml
from gateway.config.adjust import Notice
from gateway.config.candidates import Candidate
from gateway.config.errors import ConfigUnreadable
from gateway.config.factory import reset
from gateway.config.loading import Loading, Network
from gateway.config.machine import identify
from gateway.config.mailing import message, send
from gateway.config.merge import Prefer
from gateway.config.reading import SIZE_LIMIT
from gateway.config.saving import Saving
from gateway.config.secrets import Opener, Passwords, family, is_everybodys
from gateway.config.store import FOLDER, Store
from gateway.console.identity import caller
from gateway.service.client import ControlClient
from mailward.output import json_option, print_json, print_table

F = TypeVar("F", bound=Callable[..., Any])
_PASSWORDS = [kind.value for kind in Passwords]
_NETWORK = [choice.value for choice in Network]
_GLANCE = (
    "Encrypted without a passphrase, and this image has no key of its site: whoever has Mailward can read it."
)


def folder_option(function: F) -> F:
    """The `--folder` of every command here."""
    return click.option(
        "--folder", default=FOLDER, type=Path, show_default=True, help="Where configurations are."
    )(function)


def passwords_option(function: F) -> F:
    """How secrets are written."""
    phrase = click.option("--passphrase-file", type=Path, help="Its first line encrypts the passwords.")
    kind = click.option(
        "--passwords", type=click.Choice(_PASSWORDS), default=_PASSWORDS[0], show_default=True
    )
    return kind(phrase(function))


def _user() -> str:
    uid = caller(os.environ, os.getuid())
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user{uid}"


def _phrase(path: Path | None) -> str:
    if path is None:
        return ""
    lines = xml.read(path).decode(errors="replace").splitlines()
    if not lines or not lines[0]:
        raise click.UsageError(f"{path} has no passphrase in its first line")
    return lines[0]


def _saving(kind: str, passphrase_file: Path | None) -> Saving:
    passwords = Passwords(kind)
    phrase = _phrase(passphrase_file)
    if phrase and passwords is not Passwords.ENCRYPTED:
        raise click.UsageError("--passphrase-file goes with --passwords encrypted")
    secret = family()
    if passwords is Passwords.ENCRYPTED and not phrase and is_everybodys(secret):
        click.echo(_GLANCE, err=True)
    return Saving(identify(), datetime.now(UTC), passwords, secret, phrase)


def _pending(store: Store, candidate: Candidate, notices: Iterable[Notice], as_json: bool) -> None:
    """What a command did to the candidate."""
    found = store.pending(candidate.user)
    told = list(notices)
    if as_json:
        print_json({"changed": [c.place for c in found], "notices": told, "user": candidate.user})
        return
    for notice in told:
        click.echo(f"{notice}.")
    if found:
        click.echo(diff.text(found), nl=False)
        click.echo("These changes wait for `commit`; `clear` drops them.")
    else:
        click.echo("That is what runs already: there is nothing to commit.")


@click.command()
@passwords_option
@click.option("--candidate", is_flag=True, help="With your changes that are not committed.")
@folder_option
@json_option
def showconfig(
    passwords: str, passphrase_file: Path | None, candidate: bool, folder: Path, as_json: bool
) -> None:
    """The configuration as the file is.

    \b
    Examples:
      mailward showconfig
      mailward showconfig --candidate --passwords plain > /root/now.xml
    """
    store = Store(folder)
    config = store.candidate(_user()).config if candidate else store.running().config
    text = _saving(passwords, passphrase_file).text(config)
    print_json({"config": text.decode("iso-8859-1")}) if as_json else click.echo(text, nl=False)


@click.command()
@passwords_option
@click.option("--name", default="", help="File name; without it <model>-<serial>-<timestamp>.xml")
@folder_option
@json_option
def saveconfig(passwords: str, passphrase_file: Path | None, name: str, folder: Path, as_json: bool) -> None:
    """Save the running configuration to a file beside it.

    Masked passwords are for reading: the file cannot be loaded. Encrypted ones load on any machine of the family, and
    with a passphrase only for who has that.

    \b
    Examples:
      mailward saveconfig
      mailward saveconfig --passwords encrypted --passphrase-file /root/phrase
    """
    config = Store(folder).running().config
    path = _saving(passwords, passphrase_file).save(config, folder, name)
    if as_json:
        print_json({"file": path, "passwords": passwords})
        return
    click.echo(f"File written: {path}")
    if passwords == Passwords.MASKED:
        click.echo("Passwords are masked: a file that has any cannot be loaded with loadconfig.")


@click.command()
@click.argument("address", nargs=-1, required=True)
@passwords_option
@control_option
@folder_option
@json_option
def mailconfig(
    address: tuple[str, ...],
    passwords: str,
    passphrase_file: Path | None,
    control: Path,
    folder: Path,
    as_json: bool,
) -> None:
    """Mail the running configuration, as saveconfig writes it, through this appliance.

    \b
    Example:
      mailward mailconfig postmaster@example.com --passwords encrypted --passphrase-file /root/phrase
    """
    config = Store(folder).running().config
    saving = _saving(passwords, passphrase_file)
    name = saving.machine.file_name(saving.now)
    mail = message(config, address, name, saving.text(config), saving.now)
    mid = send(ControlClient(control), config, address, mail)
    print_json({"mid": mid, "recipients": address}) if as_json else click.echo(
        f"The configuration is queued for {', '.join(address)} as MID {mid}."
    )


@click.command()
@click.argument("file")
@click.option("--partial", is_flag=True, help="The file has some sections only; the others stay.")
@click.option(
    "--network", type=click.Choice(_NETWORK), help="This machine's network settings, or the file's."
)
@click.option("--passphrase-file", type=Path, help="Its first line decrypts the passwords.")
@folder_option
@json_option
def loadconfig(
    file: str, partial: bool, network: str | None, passphrase_file: Path | None, folder: Path, as_json: bool
) -> None:
    """Make a saved configuration your candidate; `-` reads standard input.

    FILE is a name in the folder of configurations, or a path. It is taken whole or refused whole.

    \b
    Examples:
      mailward loadconfig C190-FCH1234-20230822T101010.xml --network keep
      mailward loadconfig --partial - < routes.xml
    """
    store = Store(folder)
    path = folder / file  # an absolute path stands for itself
    if file != "-" and path.is_symlink():  # whoever may put files there is not to read others through us
        raise ConfigUnreadable(path=path, why="it is a link")
    text = sys.stdin.buffer.read(SIZE_LIMIT + 1) if file == "-" else xml.read(path)
    opener = Opener(family(), passphrase=_phrase(passphrase_file))
    chosen = Network(network) if network else None
    loading = Loading(identify(), store.running().config, opener, datetime.now(UTC), partial, chosen)
    loaded = loading.load(text, file if file != "-" else "standard input")
    _pending(store, store.edit(_user(), loaded.config), loaded.notices, as_json)


@click.command()
@click.option("--network", type=click.Choice(_NETWORK), required=True, help="Keep it, or reset it as well.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@folder_option
@json_option
def resetconfig(network: str, yes: bool, folder: Path, as_json: bool) -> None:
    """Make the configuration an appliance comes with your candidate.

    With `--network keep` network settings, name servers, users and the way they log in stay.

    \b
    Example:
      mailward resetconfig --network keep --yes
    """
    if not yes:
        click.confirm("Reset the configuration to that of a new appliance?", abort=True)
    store = Store(folder)
    config = reset(store.running().config, Network(network))
    _pending(store, store.edit(_user(), config), (), as_json)


@click.command()
@click.argument("revision", type=int, required=False)
@folder_option
@json_option
def rollbackconfig(revision: int | None, folder: Path, as_json: bool) -> None:
    """Make a committed configuration of before your candidate; without a number, list them.

    \b
    Examples:
      mailward rollbackconfig
      mailward rollbackconfig 12
    """
    store = Store(folder)
    if revision is not None:
        _pending(store, store.rollback(revision, _user()), (), as_json)
        return
    records = store.history()
    if as_json:
        print_json([record.to_dict() for record in records])
        return
    print_table(
        ["Revision", "Committed (UTC)", "By", "Changes", "Comment"],
        [
            (r.stamp.number, f"{r.stamp.when:%Y-%m-%d %H:%M:%S}", r.stamp.who, r.count, r.stamp.comment)
            for r in records
        ],
    )


@click.group()
def config() -> None:
    """Schemas, changes that wait, conflicts, and what an interrupted commit left."""


@config.command("schema")
@click.option("--dtd", "kind", flag_value="dtd", help="The DTD the files name.")
@click.option("--xsd", "kind", flag_value="xsd", default=True, help="The XML Schema.")
def config_schema(kind: str) -> None:
    """What a configuration may have, for editors and other programs.

    \b
    Examples:
      mailward config schema --xsd > config.xsd
      xmllint --noout --schema config.xsd mine.xml
    """
    click.echo(schema.dtd() if kind == "dtd" else schema.xsd(), nl=False)


@config.command("check")
@click.argument("file", type=Path)
@json_option
def config_check(file: Path, as_json: bool) -> None:
    """Read a file as the mail service would, and say all that is wrong with it.

    \b
    Example:
      mailward config check /configuration/config.xml
    """
    found = xml.load(file)
    print_json({"hostname": found.hostname}) if as_json else click.echo(f"{file} is a configuration.")


@config.command("diff")
@folder_option
@json_option
def config_diff(folder: Path, as_json: bool) -> None:
    """Your changes that wait for `commit`."""
    found = Store(folder).pending(_user())
    print_json(found) if as_json else click.echo(diff.text(found) or "There are no changes.\n", nl=False)


@config.command("merge")
@click.option("--mine", "prefer", flag_value="mine", help="Where both changed something, yours counts.")
@click.option("--theirs", "prefer", flag_value="theirs", help="Where both changed something, theirs counts.")
@folder_option
@json_option
def config_merge(prefer: Prefer, folder: Path, as_json: bool) -> None:
    """Bring what others committed meanwhile into your candidate.

    \b
    Example:
      mailward config merge --mine && mailward commit
    """
    store = Store(folder)
    _pending(store, store.rebase(_user(), prefer), (), as_json)


@config.command("recover")
@folder_option
@json_option
def config_recover(folder: Path, as_json: bool) -> None:
    """Finish or undo a commit that was interrupted. The appliance does this at each start."""
    found = Store(folder).recover()
    print_json({"recovered": found}) if as_json else click.echo(f"Interrupted commit: {found}.")
