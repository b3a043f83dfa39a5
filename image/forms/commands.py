"""`mailward image convert` and `mailward image lint`."""

from __future__ import annotations

from pathlib import Path

import click

from image.forms.options import signer, vmware_options
from mailward.errors import ExitStatus
from mailward.output import json_option, print_json


@click.command()
@click.argument("raw", type=click.Path(path_type=Path))
@click.option("--model", required=True, help="Virtual model the disk or machine is for.")
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(["qcow2", "vhdx", "vmdk", "ova"]),
    help="What to make.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Folder; that of RAW if not given.")
@vmware_options
@json_option
def convert(
    raw: Path,
    model: str,
    form: str,
    output: Path | None,
    hardware: int,
    controller: str,
    sign_key: Path | None,
    sign_cert: Path | None,
    as_json: bool,
) -> None:
    """Make a disk or an OVA for a hypervisor from the raw image.

    The disk is as large as the model's; RAW itself is only read. The file gets the name of RAW with the model and
    another suffix. Needs qemu-img. The exit status is 2 for a RAW that is no image and a model that does not exist,
    3 for a model that takes no such file.

    \b
    Examples:
      mailward image convert out/mailward-C100V-14.2.3-031.raw --model C100V --format ova
      mailward image convert out/mailward-C100V-14.2.3-031.raw --model C300V --format qcow2 --output /srv
      mailward image convert out/mailward-C100V-14.2.3-031.raw --model C100V --format ova \\
          --controller lsilogic --hardware 13
      mailward image convert out/mailward-C100V-14.2.3-031.raw --model C100V --format ova \\
          --sign-key site.key --sign-cert site.crt
    """
    from image.command import Runner, log_of_a_failure
    from image.forms.request import Request, carry_out

    signing = signer(sign_key, sign_cert)
    request = Request(raw, model, form, output or raw.parent, hardware, controller, signing)
    with log_of_a_failure() as log:
        made = carry_out(request, Runner(log))
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made.file}: {made.file_bytes:,} bytes, for a disk of {made.disk_bytes:,}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--esxi", default="6.7 U2", show_default=True, help="Oldest ESXi that must take it, e.g. 6.5 or 8.0."
)
@json_option
def lint(file: Path, esxi: str, as_json: bool) -> ExitStatus:
    """Check an OVA for what makes imports fail.

    Each finding has an identifier, what was found, and what to do. The exit status is 0 if there is none, 1 if there
    is one, 2 if FILE cannot be read as an OVA at all.

    \b
    Examples:
      mailward image lint out/mailward-C100V-14.2.3-031.ova
      mailward image lint --esxi 8.0 --json appliance.ova
    """
    from image.forms.lint.checks import newest_hardware, run
    from image.forms.lint.survey import survey

    newest = newest_hardware(esxi)
    report = run(survey(file), newest)
    if as_json:
        print_json(report)
    else:
        for found in report.findings:
            click.echo(f"{found.id}: {found.finding}\n  {found.remedy}")
        click.echo(f"checks: {len(report.checks)}, findings: {len(report.findings) or 'none'}")
    return ExitStatus.FAILED if report.findings else ExitStatus.OK
