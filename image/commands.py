"""The subcommands of `mailward image`."""

from __future__ import annotations

import secrets
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import click

from image import host
from image.forms.options import vmware_options
from mailward.output import json_option, print_json, to_plain
from mailward.version import Version

DEFAULT_VERSION = "14.2.3-031"


def _password_credential(file: TextIO | None) -> dict[str, str]:
    if not file:
        return {}
    from image.password import hashed

    return {"mailward.admin.password": hashed(file.readline().rstrip("\n"))}


@click.command()
@click.option(
    "--model",
    default="C100V",
    show_default=True,
    help="Model the image is for; `mailward hw model --list` has them.",
)
@click.option("--version", default=DEFAULT_VERSION, show_default=True, help="Release version.")
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Folder."
)
@click.option("--cache-dir", type=click.Path(path_type=Path), help="Tools tree, packages, unfinished work.")
@click.option("--mirror", metavar="URL", help="Debian archive to use instead of those in the host's apt.")
@click.option("--ssh-key", type=click.File(), help="Public key that may log in as admin.")
@click.option(
    "--admin-password-file", type=click.File(), help="File with admin's password on its first line."
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORM",
    help="raw, installer, qcow2, vhdx, vmdk, ova, vagrant-box, release; several with commas, or again.  [default: raw]",
)
@vmware_options
@click.option(
    "--keys",
    type=click.Path(path_type=Path),
    help="Folder with the site's keys (`mailward keys init`): sign for Secure Boot, and trust its release key.",
)
@click.option(
    "--extra-tree",
    "extra",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIR",
    help="Additions of the site: a tree laid over the root file system. May be repeated.",
)
@click.option(
    "--encrypt-var", is_flag=True, help="Appliances encrypt `var` on first boot, bound to their TPM."
)
@click.option(
    "--install-disk",
    metavar="SERIAL",
    help="The installer asks nothing, and erases the disk with this serial number or WWN.",
)
@click.option("--fresh", is_flag=True, help="Take the newest packages from the archive, not the cached ones.")
@json_option
def build(
    model: str,
    version: str,
    output: Path,
    cache_dir: Path | None,
    mirror: str | None,
    ssh_key: TextIO | None,
    admin_password_file: TextIO | None,
    formats: tuple[str, ...],
    hardware: int,
    controller: str,
    sign_key: Path | None,
    sign_cert: Path | None,
    keys: Path | None,
    extra: tuple[Path, ...],
    encrypt_var: bool,
    install_disk: str | None,
    fresh: bool,
    as_json: bool,
) -> None:
    """Build a bootable appliance image, in one form or several.

    The root file system is built once, whatever the forms; the raw disk image is always there: EFI partition and slot
    A; the appliance makes slot B and `var` on its first boot. A form whose inputs have not changed is not made again.
    Without --ssh-key and --admin-password-file nobody can log in unless the machine gets a credential
    (mailward.admin.password, mailward.admin.authorized-keys). Without --keys nothing is signed, and it starts only
    where Secure Boot is off. The exit status is 2 for a model or a form that does not exist, 3 for a model that this
    release does not run on or that takes no such form.

    \b
    Examples:
      mailward image build
      mailward image build --model C300V --version 14.2.3-031 --output /srv/images
      mailward image build --format installer,ova,qcow2
      mailward image build --format ova --controller lsilogic --sign-key site.key --sign-cert site.crt
      mailward image build --ssh-key ~/.ssh/id_ed25519.pub
      mailward image build --format raw,release --keys /srv/keys/mailward
      mailward image build --keys /srv/keys/mailward --encrypt-var
      mailward image build --keys /srv/keys/mailward --extra-tree site/
    """
    from image.build import PROJECT, Request
    from image.build import build as build_image
    from image.command import Runner
    from image.forms import form, several
    from image.forms.options import signer
    from image.forms.ovf import Controller
    from image.forms.release import NeedsKeys
    from image.installer.iso import known_serial
    from image.installer.workshop import Signing, Workshop
    from image.sign import secure_boot

    forms = form.parse(formats) or (form.Form.RAW,)
    several.check(model, forms, hardware)
    signing = signer(sign_key, sign_cert)
    if form.Form.RELEASE in forms and not keys:
        raise NeedsKeys()
    if install_disk is not None:
        known_serial(install_disk)
    credentials = _password_credential(admin_password_file)
    if ssh_key:
        credentials["mailward.admin.authorized-keys"] = ssh_key.read()
    if encrypt_var:
        credentials["mailward.encrypt-var"] = "tpm2"
    request = Request(
        model=model,
        version=Version.parse(version),
        output=output.resolve(),
        cache=cache_dir.resolve() if cache_dir else host.default_cache(),
        mirror=mirror,
        credentials=credentials,
        fresh=fresh,
        keys=keys.resolve() if keys else None,
        extra=tuple(tree.resolve() for tree in extra),
    )
    built = build_image(request)
    order = several.Order(
        raw=built.raw,
        model=model,
        version=version,
        forms=forms,
        output=request.output,
        project=PROJECT,
        hardware=hardware,
        controller=Controller(controller),
        signer=signing,
        keys=request.keys,
    )
    medium = Workshop(request, built, serial=install_disk)
    if request.keys:
        words, signs_with = secure_boot.ukify_words(request.keys), secure_boot.signing_files(request.keys)
        medium = replace(medium, signing=Signing(words, signs_with))
    others = [file for file in built.all() if file != built.raw]
    files = several.known_files(built.raw, others)
    files += several.carry_out(order, Runner(request.cache / "forms.log"), medium)
    if as_json:
        print_json({**to_plain(built), "files": to_plain(files)})
    else:
        for file in files:
            click.echo(f"{file.bytes:>14,}  {file.file}")
        click.echo(f"Try it: mailward image boot {built.raw}")


@click.command()
@click.option("--cache-dir", type=click.Path(path_type=Path), help="The cache to empty.")
def clean(cache_dir: Path | None) -> None:
    """Throw away the build cache: tools tree, packages, unfinished work.

    \b
    Example:
      mailward image clean
    """
    cache = cache_dir.resolve() if cache_dir else host.default_cache()
    if not cache.is_dir():
        return
    with host.only_build(cache):
        for entry in cache.iterdir():
            if entry.name != "lock":
                host.remove(entry)


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--smtp-port", default=2525, show_default=True, help="Port on 127.0.0.1 for the guest's port 25."
)
@click.option(
    "--ssh-port", default=2222, show_default=True, help="Port on 127.0.0.1 for the guest's port 22."
)
@click.option("--disk-gib", default=12, show_default=True, help="Size of the disk.")
@click.option("--config", type=click.File(), help="XML configuration to start with.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for the disk, to boot it again later.")
@click.option("--secure-boot", is_flag=True, help="With a TPM, and firmware that takes the image's keys.")
@click.option("--encrypt-var", is_flag=True, help="`var` is encrypted on the first boot; with --secure-boot.")
def boot(
    image: Path,
    smtp_port: int,
    ssh_port: int,
    disk_gib: int,
    config: TextIO | None,
    keep: Path | None,
    secure_boot: bool,
    encrypt_var: bool,
) -> None:
    """Boot an image in QEMU with its serial console here. Leave with Ctrl-].

    A password for admin is made up and printed. The image file is not written to. --secure-boot needs swtpm,
    and an image that was built with --keys.

    \b
    Examples:
      mailward image boot out/mailward-C100V-14.2.3-031.raw
      mailward image boot --secure-boot --encrypt-var --keep /srv/trial out/mailward-C100V-14.2.3-031.raw
    """
    from image.password import hashed
    from image.qemu.accel import detect
    from image.qemu.machine import FIRMWARE, GIB, Machine, Spec

    password = secrets.token_urlsafe(9)
    credentials = {"mailward.admin.password": hashed(password)}
    if config:
        credentials["mailward.configuration"] = config.read()
    if encrypt_var:
        credentials["mailward.encrypt-var"] = "tpm2"
    accel = detect(FIRMWARE)
    spec = Spec(image, accel, disk_gib * GIB, credentials=credentials, forwards={smtp_port: 25, ssh_port: 22})
    click.echo(f"Booting with {accel}. Log in as admin, password {password}. Leave with Ctrl-].", err=True)
    with tempfile.TemporaryDirectory(prefix="mailward-") as temporary:
        folder = keep or Path(temporary)
        if secure_boot:
            spec = replace(spec, secure_boot=True, tpm=folder / "tpm")
        with Machine(spec, folder, fresh=not (folder / "disk.qcow2").exists()) as machine:
            machine.start().interact()


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--log-dir", type=click.Path(path_type=Path), default=Path("out/trial"), show_default=True)
@json_option
def trial(image: Path, log_dir: Path, as_json: bool) -> None:
    """Boot an image in QEMU and send three messages through it to a sink on this host.

    7-bit, 8BITMIME with UTF-8, and a 5 MB attachment; each must arrive byte for byte as it was sent, behind the
    one Received: line of the appliance.

    \b
    Example:
      mailward image trial out/mailward-C100V-14.2.3-031.raw
    """
    from image.qemu.trial import run

    report = run(image, log_dir)
    if as_json:
        print_json(report)
    else:
        for delivery in report.deliveries:
            click.echo(
                f"delivered  {delivery.name:<28} {delivery.octets:>9,} octets  {delivery.seconds:5.1f} s"
            )
        click.echo(f"boot to SMTP banner: {report.banner_seconds:.0f} s with {report.accel}")
    sys.stdout.flush()
