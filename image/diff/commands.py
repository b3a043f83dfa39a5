"""`mailward image diff`."""

from __future__ import annotations

from pathlib import Path

import click

from mailward.output import json_option, print_json


@click.command()
@click.argument("before", type=click.Path(exists=True, path_type=Path))
@click.argument("after", type=click.Path(exists=True, path_type=Path))
@click.option("--markdown", is_flag=True, help="Print it as Markdown, for release notes.")
@json_option
def diff(before: Path, after: Path, markdown: bool, as_json: bool) -> None:
    """Say what changed from one image to another: packages, units, configuration, kernel, sizes.

    Either side is a folder with one release, its manifest (.manifest.json), its bill of materials (.spdx.json or
    .cdx.json, which tell packages only), or the image itself (.raw or .root.raw). Images take half a minute each, and
    then the changed lines of configuration files are shown as well; that needs fsck.erofs (Debian: erofs-utils) and no
    root.

    \b
    Examples:
      mailward image diff old/mailward_14.2.3-030.manifest.json out/mailward_14.2.3-031.manifest.json
      mailward image diff --markdown old out
      mailward image diff old/mailward-C100V-14.2.3-030.raw out/mailward-C100V-14.2.3-031.raw
    """
    from image.command import Runner, log_of_a_failure
    from image.diff import words
    from image.diff.compare import compare
    from image.diff.contents import read

    with log_of_a_failure() as log:
        runner = Runner(log)
        difference = compare(read(before, runner), read(after, runner))
    if as_json:
        print_json(difference)
    else:
        for line in (words.markdown if markdown else words.text)(difference):
            click.echo(line)
