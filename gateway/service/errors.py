"""What keeps the mail service from starting or obeying."""

from __future__ import annotations

from mailward.errors import Failed, Rejected


class CannotListen(Failed):
    key = "service.listen"
    sentence = "Listener {listener} cannot use {address} port {port}: {why}"
    remedy = (
        "Stop what uses the port, choose another in the configuration, or for ports below 1024 start "
        "the service through mailward.socket or with CAP_NET_BIND_SERVICE"
    )


class NoFolder(Failed):
    key = "service.folder"
    sentence = "Cannot use the folder {path}: {why}"
    remedy = "Create it and give it to the user the mail service runs as"


class SpoolInUse(Failed):
    key = "service.spool-in-use"
    sentence = "Another mail service works on the spool {path}"
    remedy = "Stop it (`systemctl stop mailward`), or name another folder with --spool"


class WorkerFailed(Failed):
    key = "service.worker"
    sentence = "Worker {index} did not start: {why}"
    remedy = "See the messages above, or `journalctl -u mailward`"


class NoNursery(Failed):
    key = "service.nursery"
    sentence = "Workers cannot be started: {why}"
    remedy = "See `journalctl -u mailward`; if the system is short of memory or processes, free some"


class NotRunning(Failed):
    key = "service.not-running"
    sentence = "The mail service does not answer at {path}: {why}"
    remedy = "Start it with `systemctl start mailward`, or name its control socket with --control"


class NotAllowed(Rejected):
    key = "service.not-allowed"
    sentence = "User {uid} may not control the mail service"
    remedy = "Use root, the service's own user, or an administrator account"


class UnknownCommand(Rejected):
    key = "service.unknown-command"
    sentence = "The mail service knows no command {command}"
    remedy = "This client and the running service are of different releases: restart the service"


class BadArguments(Rejected):
    key = "service.bad-arguments"
    sentence = "Command {command} was called with arguments it cannot take: {why}"
    remedy = "See the command's --help"


class NotTaken(Failed):
    key = "service.not-taken"
    sentence = "The mail service cannot queue the message: {why}"
    remedy = "See `mailward status`: make room, or wait until mail has gone"
