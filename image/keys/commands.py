"""`mailward keys`: what a site signs with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mailward.errors import BadInput
from mailward.output import json_option, print_json, print_table

if TYPE_CHECKING:
    from cryptography import x509

    from image.keys.site import SiteKeys


class BadCertificate(BadInput):
    key = "keys.certificate"
    sentence = "{path} is not an X.509 certificate, neither PEM nor DER"
    remedy = "Take the certificate itself, and not a key, a request or a PKCS #12 file"


@click.group()
def keys() -> None:
    """Keys of a site: for Secure Boot (PK, KEK, db), and the one that signs releases."""


@keys.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--site", default="Mailward site", show_default=True, help="Name of the site, for the certificates."
)
@click.option("--years", type=click.IntRange(1, 50), default=15, show_default=True, help="Validity.")
@click.option(
    "--bits",
    type=click.Choice(["2048", "4096"]),
    default="2048",
    show_default=True,
    help="Length of the RSA keys; every firmware takes 2048, most take 4096.",
)
@click.option(
    "--trust-also",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    metavar="CERTIFICATE",
    help="A further certificate for db, PEM or DER: that of the maker of network and RAID cards. May be repeated.",
)
@json_option
def init(folder: Path, site: str, years: int, bits: str, trust_also: tuple[Path, ...], as_json: bool) -> None:
    """Make the keys of a site in FOLDER, which must be new or empty.

    They are made once and used for years: appliances trust what is signed with them and nothing else. Keep a copy
    where a burnt-down building does not take both. The private keys are not encrypted; the folder is for its owner
    alone, so put it on an encrypted disk.

    \b
    Examples:
      mailward keys init /srv/keys/mailward --site "Example Ltd"
      mailward keys init keys --trust-also vendor-uefi-ca.crt
    """
    from image.keys.site import create

    trusted = [_certificate(path) for path in trust_also]
    made = create(folder.absolute(), site, years=years, bits=int(bits), trusted=trusted)
    _show(made, as_json)


@keys.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def show(folder: Path, as_json: bool) -> None:
    """Show the keys in FOLDER: fingerprints and validity. Nothing private is printed.

    \b
    Example:
      mailward keys show /srv/keys/mailward
    """
    from image.keys.site import load

    _show(load(folder.absolute()), as_json)


def _certificate(path: Path) -> x509.Certificate:
    from cryptography import x509

    content = path.read_bytes()
    for read in (x509.load_pem_x509_certificate, x509.load_der_x509_certificate):
        try:
            return read(content)
        except ValueError:
            continue
    raise BadCertificate(path=path)


def _show(site: SiteKeys, as_json: bool) -> None:
    facts = describe(site)
    if as_json:
        print_json(facts)
        return
    click.echo(f"Keys in {facts['folder']}, owner {facts['owner']}")
    print_table(
        ("key", "valid until", "subject", "SHA-256 fingerprint"),
        [
            (
                key["name"],
                key["valid_until"][:10] if key["valid_until"] else "",
                key["subject"],
                key["fingerprint"],
            )
            for key in facts["keys"]
        ],
    )


def describe(site: SiteKeys) -> dict[str, Any]:
    """What `--json` prints: folder, owner, and per key its name, kind, subject, validity and fingerprint."""
    from image.keys.certificates import fingerprint

    listed: list[dict[str, Any]] = [
        {
            "name": role,
            "kind": f"RSA {getattr(certificate.public_key(), 'key_size', '')}".strip(),
            "subject": certificate.subject.rfc4514_string(),
            "valid_from": certificate.not_valid_before_utc.isoformat(),
            "valid_until": certificate.not_valid_after_utc.isoformat(),
            "fingerprint": fingerprint(certificate),
        }
        for role, certificate in site.certificates.items()
    ]
    listed.append(
        {
            "name": "release",
            "kind": "Ed25519",
            "subject": "",
            "valid_from": None,
            "valid_until": None,
            "fingerprint": site.release_fingerprint,
        }
    )
    return {"folder": str(site.folder), "owner": str(site.owner), "keys": listed}
