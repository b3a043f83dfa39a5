"""An SFTP session on standard input and output. It begins as root and ends up as a user that may read and write in one
folder, which is its whole file system.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from gateway.files.area import Area
from gateway.files.sftp import LARGEST, BadPacket, Server

USER = "mailward-files"
FOLDER = "/var/configuration"


def serve(area: Area, source: IO[bytes], sink: IO[bytes], log: Callable[[str], None]) -> None:
    """Answer packets until the client goes. Raises BadPacket; what was half uploaded is gone then."""
    server = Server(area, log)
    try:
        while (head := source.read(4)) and len(head) == 4:
            size = int.from_bytes(head)
            if not 1 <= size <= LARGEST:
                raise BadPacket(f"a packet of {size} octets")
            packet = source.read(size)
            if len(packet) < size:
                return
            answer = server.answer(packet)
            sink.write(len(answer).to_bytes(4) + answer)
            sink.flush()
    except BrokenPipeError:
        return
    finally:
        server.close()


def shut_in(folder: str, user: str) -> None:
    """Make `folder` the root and become `user`, for good. Raises OSError, KeyError."""
    import grp
    import pwd

    account = pwd.getpwnam(user)
    groups = [group.gr_gid for group in grp.getgrall() if user in group.gr_mem]
    time.localtime()  # reads the time zone while it can be reached
    os.chroot(folder)
    os.chdir("/")
    os.setgroups(groups)
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    os.umask(0o027)


def main() -> None:
    """For the image's libexec/mailward/sftp."""
    who = os.environ.get("SUDO_USER", "root")
    handler = logging.handlers.SysLogHandler("/dev/log")
    handler.ident = f"mailward-sftp[{os.getpid()}]: "
    log = logging.getLogger("sftp")
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    log.propagate = False
    log.info("%s: session opened", who)
    shut_in(FOLDER, USER)
    try:
        serve(
            Area(Path("/")), sys.stdin.buffer, sys.stdout.buffer, lambda text: log.info("%s: %s", who, text)
        )
    except BadPacket as error:
        log.warning("%s: session ended: %s", who, error)
        sys.exit(1)
    log.info("%s: session closed", who)
