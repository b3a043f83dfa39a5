"""`mailward release`: making, signing and checking what `upgrade` installs. For the build host."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import click

from mailward.cli import LazyGroup
from mailward.output import json_option, print_json
from mailward.progress import say, step
from mailward.version import Version
from upgrade.catalogue.catalogue import catalogue
from upgrade.catalogue.document import BadRelease, parse_release, parse_toml
from upgrade.catalogue.release import Release
from upgrade.publish import folder as folders
from upgrade.publish import index as indexes
from upgrade.publish import make as making
from upgrade.publish.keys import TRUSTED, ReleaseKey, TrustedKeys

A_PATH = click.Path(path_type=Path)
KEYS = click.option(
    "--keys",
    type=A_PATH,
    required=True,
    metavar="FOLDER",
    help="Folder of `mailward keys init`, or a key file.",
)


@click.group(cls=LazyGroup, members={})
def release() -> None:
    """Make, sign and check releases.

    A release is a folder with the slot's images, release.json, a list of hashes and signatures. Any web server, a
    shared folder or a USB stick can offer it to `mailward upgrade`.
    """


@release.command()
@click.option(
    "--from", "built", type=A_PATH, default=Path("out"), show_default=True, help="Output of the build."
)
@click.option("--version", required=True, help="Which version to publish.")
@click.option(
    "--document",
    type=A_PATH,
    metavar="FILE",
    help="The release's rules (TOML or release.json), instead of the catalogue's.",
)
@KEYS
@click.option(
    "--output", type=A_PATH, default=Path("releases"), show_default=True, help="Folder of releases."
)
@json_option
def make(built: Path, version: str, document: Path | None, keys: Path, output: Path, as_json: bool) -> None:
    """Make a release of a finished image build, and sign it.

    The list of releases in the output folder is made again, so that the folder can be offered as it is. The exit
    status is 2 if something named is not there, 3 if that version has been published before.

    \b
    Examples:
      mailward release make --version 14.2.3-031 --keys /srv/keys/mailward
      mailward release make --from out --version 14.2.3-031 --keys keys --output /srv/www/releases
    """
    key = ReleaseKey.load(keys)
    wanted = Version.parse(version)
    rules = _document(document) if document else making.for_version(wanted, catalogue().releases)
    if rules.id != wanted:
        raise BadRelease(name=document, problem=f"it is about {rules.id}, not {wanted}")
    with step(f"Making the release {wanted}"):
        made = making.make(built, rules, key, output)
        indexes.write(output, indexes.survey(output, key.trusted()), key)
    _show(folders.read(made, key.trusted()), as_json)


def _document(file: Path) -> Release:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise folders.Unreadable(path=file, problem=error.strerror) from error
    if file.suffix == ".toml":
        try:
            return parse_toml(content.decode(), {}, name=str(file))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadRelease(name=file, problem=str(error)) from error
    return parse_release(content, name=str(file))


@release.command()
@click.argument("folder", type=A_PATH)
@KEYS
@json_option
def sign(folder: Path, keys: Path, as_json: bool) -> None:
    """Sign a release again, as after a change of the site's key or of release.json.

    \b
    Example:
      mailward release sign releases/14.2.3-031 --keys /srv/keys/new
    """
    key = ReleaseKey.load(keys)
    making.sign(folder, key)
    _show(folders.read(folder, key.trusted()), as_json)


@release.command()
@click.argument("top", metavar="FOLDER", type=A_PATH)
@KEYS
@json_option
def index(top: Path, keys: Path, as_json: bool) -> None:
    """Make the signed list of the releases below a folder again.

    \b
    Example:
      mailward release index /srv/www/releases --keys /srv/keys/mailward
    """
    key = ReleaseKey.load(keys)
    listed = indexes.survey(top, key.trusted())
    indexes.write(top, listed, key)
    if as_json:
        print_json(json.loads(indexes.dump(listed)))
    else:
        for entry in listed.releases:
            click.echo(f"{entry.version}  {entry.folder}  {entry.size:,} bytes")


@release.command()
@click.argument("place", metavar="FOLDER|URL")
@click.option(
    "--keys",
    type=A_PATH,
    default=TRUSTED,
    show_default=True,
    metavar="FOLDER",
    help="Public keys, or a key file.",
)
@json_option
def verify(place: str, keys: Path, as_json: bool) -> None:
    """Check every signature and every file of a release, as an appliance does before it installs it.

    The exit status is 0 if it can be believed, 3 if not, 1 if it cannot be read.

    \b
    Examples:
      mailward release verify releases/14.2.3-031 --keys /srv/keys/mailward/release.pub
      mailward release verify https://releases.example.com/14.2.3-031
    """
    trusted = TrustedKeys.load(keys)
    if place.startswith(("http://", "https://")):
        from upgrade.fetch.remote import verified

        with verified(place, trusted) as published:
            _show(published, as_json)
        return
    with step(f"Checking {place}"):
        published = folders.read(Path(place), trusted)
        folders.check_all(published, say)
    _show(published, as_json)


def _show(published: folders.Published, as_json: bool) -> None:
    size = sum((published.folder / name).stat().st_size for name in published.sums)
    if as_json:
        print_json(
            {
                "version": str(published.version),
                "folder": published.folder,
                "size": size,
                "root_hash": published.parts.root_hash,
                "files": published.sums,
            }
        )
    else:
        click.echo(
            f"{published.version}, {published.release.label}: {len(published.sums)} files, {size:,} bytes, signed"
        )
