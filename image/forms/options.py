"""Options that `mailward image build` and `mailward image convert` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from image.forms.sign import Signer

F = TypeVar("F", bound=Callable[..., Any])


def vmware_options(function: F) -> F:
    """--hardware, --controller, --sign-key and --sign-cert, as keywords of these names."""
    for option in reversed(
        (
            click.option(
                "--hardware",
                type=int,
                default=15,
                show_default=True,
                help="VMware hardware family, vmx-N, of VMDK and OVA.",
            ),
            click.option(
                "--controller",
                type=click.Choice(["pvscsi", "lsilogic"]),
                default="pvscsi",
                show_default=True,
                help="Disk controller of the OVA.",
            ),
            click.option(
                "--sign-key",
                type=click.Path(path_type=Path),
                help="Private key (RSA, PEM) to sign the OVA with.",
            ),
            click.option(
                "--sign-cert", type=click.Path(path_type=Path), help="The certificate of --sign-key."
            ),
        )
    ):
        function = option(function)
    return function


def signer(key: Path | None, certificate: Path | None) -> Signer | None:
    """What the two options say; None if neither is given. Raises `click.UsageError`, `BadSigner`."""
    from image.forms.sign import load

    if key and certificate:
        return load(key, certificate)
    if key or certificate:
        raise click.UsageError("--sign-key and --sign-cert belong together")
    return None
