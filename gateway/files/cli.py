"""`mailward files`: what the file service's unit calls."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(hidden=True)
def files() -> None:
    """File access to /configuration."""


@files.command()
@click.option("--settings", default="/run/mailward-config/ftp.json", type=Path, show_default=True)
@click.option("--folder", default="/var/configuration", type=Path, show_default=True)
@click.option("--state", default="/var/lib/mailward-files", type=Path, show_default=True)
def ftp(settings: Path, folder: Path, state: Path) -> None:
    """Serve FTP in the foreground (mailward-ftp.service)."""
    import logging
    import socket
    import time

    from gateway.files.area import Area
    from gateway.files.ftp import listening, own_certificate, serve, tls_context
    from gateway.files.settings import load
    from gateway.service.notify import Notifier

    logging.getLogger().setLevel(logging.INFO)
    told = load(settings)
    pem = told.pem or own_certificate(state, socket.gethostname(), time.time())
    sockets = [sock for place in told.places for sock in listening(place, told.port)]
    serve(told, Area(folder), tls_context(pem), sockets, lambda: Notifier().send("READY=1"))
