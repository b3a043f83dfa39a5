"""`mailward hw power`, `bootdev`, `identify` and `watchdog`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from hwmgmt.ipmi import boot, chassis
from hwmgmt.ipmi import watchdog as timer
from hwmgmt.ipmi.bmc import reading
from hwmgmt.ipmi.options import BadWords, Connection, DefaultGroup, bmc_options, confirm_unless
from hwmgmt.ipmi.target import InBand
from hwmgmt.reading import Reading
from mailward.errors import ExitStatus, Rejected
from mailward.output import json_option, print_json, print_table, to_plain

ROOT = Path("/")
BUDGET_S = 30.0
# Actions after which mail in flight is cut off.
_HARD = set(chassis.PowerAction) - {chassis.PowerAction.ON, chassis.PowerAction.SOFT}


def _values(words: Iterable[str], *more: str) -> list[str]:
    """Plain strings: of an enumeration click would offer the members' names."""
    return [*more, *(str(word) for word in words)]


class KernelOwnsTimer(Rejected):
    key = "ipmi.watchdog-owned"
    sentence = "the kernel drives the BMC's watchdog as {device} ({state})"
    remedy = "Set it through systemd (RuntimeWatchdogSec=), or use --force"


@click.command()
@click.argument("action", default="status", type=click.Choice(_values(chassis.PowerAction, "status")))
@click.option("--yes", is_flag=True, help="Do not ask before cutting the power.")
@bmc_options
@json_option
def power(action: str, yes: bool, connection: Connection, as_json: bool) -> int:
    """Show or switch the power: status, on, off, cycle, reset, diag, soft.

    off, cycle and reset act at once, as pulling the cords does; soft asks the operating system to shut down.
    Before rebooting a C695F see `mailward hw guard`.

    \b
    Examples:
      mailward hw power                                  is it on, and what the front panel would show
      mailward hw power cycle --yes --host 192.0.2.9     remote power cycling
      mailward hw power soft --host 192.0.2.9
    """
    if action == "status":
        return _power_status(connection, as_json)
    wanted = chassis.PowerAction(action)
    if wanted in _HARD:
        confirm_unless(yes, f"Power {wanted} for {connection.target}, without shutting down?")
    with connection.session(budget_s=BUDGET_S) as session:
        chassis.power(session, wanted)
    if as_json:
        print_json({"accepted": wanted})
    else:
        click.echo(f"The BMC accepted: power {wanted}.")
    return ExitStatus.OK


def _power_status(connection: Connection, as_json: bool) -> int:
    with connection.session(budget_s=BUDGET_S) as session:
        found = chassis.status(session)
    if as_json:
        print_json(found)
        return ExitStatus.OK
    rows = [
        ("power", "on" if found.power_on else "off"),
        ("faults", ", ".join(found.faults) or "none"),
        ("last change", ", ".join(found.last_events) or "not known"),
        ("after power returns", found.restore_policy),
        ("identify light", found.identify),
    ]
    print_table(("chassis", ""), rows)
    return ExitStatus.OK


@click.command()
@click.argument("device", required=False, type=click.Choice(_values(boot.BootDevice)))
@click.option("--persistent", is_flag=True, help="For every boot, not only the next one.")
@click.option("--uefi", is_flag=True, help="Boot it by UEFI.")
@bmc_options
@json_option
def bootdev(device: str | None, persistent: bool, uefi: bool, connection: Connection, as_json: bool) -> int:
    """Show or set the device to boot from; "none" gives the choice back to the firmware.

    What the BMC then says is read back: one that drops --persistent or --uefi is an error, not a surprise.

    \b
    Examples:
      mailward hw bootdev                             what is set
      mailward hw bootdev pxe --uefi                  the next boot, from the network
      mailward hw bootdev disk --persistent --uefi    every boot
    """
    if device is None and (persistent or uefi):
        raise click.UsageError("--persistent and --uefi go with a DEVICE")
    with connection.session(budget_s=BUDGET_S) as session:
        if device is None:
            found = boot.read(session)
        else:
            found = boot.write(session, boot.BootOverride(boot.BootDevice(device), persistent, uefi))
    if as_json:
        print_json(found)
    elif found.device is boot.BootDevice.NONE:
        click.echo("The firmware's own boot order.")
    else:
        which = "every boot" if found.persistent else "the next boot"
        click.echo(f"{found.device} for {which}, by {'UEFI' if found.uefi else 'BIOS'}.")
    return ExitStatus.OK


@click.command()
@click.argument("seconds", default="15", metavar="[SECONDS|on|off]")
@bmc_options
@json_option
def identify(seconds: str, connection: Connection, as_json: bool) -> int:
    """Let the identification light blink: for SECONDS (15), "on" until told otherwise, or "off".

    \b
    Examples:
      mailward hw identify              a quarter of a minute
      mailward hw identify 255
      mailward hw identify off
    """
    words: dict[str, int | None] = {"on": None, "off": 0}
    if seconds not in words and not (seconds.isdigit() and int(seconds) <= chassis.LONGEST_IDENTIFY_S):
        raise click.BadParameter(f"{seconds!r} is none of on, off, 1 to {chassis.LONGEST_IDENTIFY_S}")
    wanted = words[seconds] if seconds in words else int(seconds)
    with connection.session(budget_s=BUDGET_S) as session:
        chassis.identify(session, wanted)
    if as_json:
        print_json({"identify": seconds})
    else:
        click.echo(f"Identification light: {seconds}{' s' if seconds.isdigit() else ''}.")
    return ExitStatus.OK


@click.group(cls=DefaultGroup, default="show")
def watchdog() -> None:
    """The BMC's watchdog timer; without a subcommand `watchdog show`.

    \b
    Examples:
      mailward hw watchdog                          what it is set to, and who drives it
      mailward hw watchdog set 300 --action reset   set and start it
      mailward hw watchdog reset                    give it its full time again
      mailward hw watchdog stop
    """


def _kernel(connection: Connection) -> Reading[timer.KernelWatchdog] | None:
    return timer.kernel_watchdog(ROOT) if isinstance(connection.target, InBand) else None


@watchdog.command("show")
@bmc_options
@json_option
def show_watchdog(connection: Connection, as_json: bool) -> int:
    """What the timer is set to, and whether the kernel drives it as /dev/watchdog.

    \b
    Examples:
      mailward hw watchdog show --json
    """
    kernel = _kernel(connection)
    with connection.session(budget_s=BUDGET_S) as session:
        found = timer.read(session)
    if as_json:
        words = {
            "use": found.use.name.lower(),
            "action": found.action.name.lower(),
            "expired": [use.name.lower() for use in found.expired],
        }
        print_json({"timer": to_plain(found) | words, "kernel": kernel})
        return ExitStatus.OK
    driver = kernel.value if kernel else None
    rows = [
        ("used by", found.use.name.lower()),
        ("running", "yes" if found.running else "no"),
        ("at its end", found.action.name.lower().replace("_", " ")),
        ("timeout", f"{found.timeout_s:g} s"),
        ("left", str(found.left_s)),
        ("has expired for", ", ".join(use.name.lower() for use in found.expired) or "nobody"),
        ("kernel device", f"{driver.device} ({driver.state})" if driver else "none"),
    ]
    print_table(("watchdog", ""), rows)
    return ExitStatus.OK


@watchdog.command("set")
@click.argument("seconds", type=float)
@click.option(
    "--action",
    default="reset",
    show_default=True,
    type=click.Choice(["none", "reset", "power-down", "power-cycle"]),
    help="What happens when the time is up.",
)
@click.option("--force", is_flag=True, help="Even if the kernel drives the timer.")
@bmc_options
@json_option
def set_watchdog(seconds: float, action: str, force: bool, connection: Connection, as_json: bool) -> int:
    """Set the timer to SECONDS (up to 6553.5) and start it; from then on `watchdog reset` must come in time.

    Refused (exit status 3) while the kernel drives the same timer as /dev/watchdog.

    \b
    Examples:
      mailward hw watchdog set 300 --action power-cycle
    """
    kernel = _kernel(connection)
    if kernel and kernel.value and not force:
        raise KernelOwnsTimer(device=kernel.value.device, state=kernel.value.state)
    wanted = timer.TimeoutAction[action.replace("-", "_").upper()]
    with connection.session(budget_s=BUDGET_S) as session:
        try:
            timer.write(session, wanted, seconds)
        except ValueError as error:
            raise BadWords(what=str(error)) from error
        timer.start(session)
    sentence = f"The watchdog runs: {seconds:g} s, then {action}."
    return _said(as_json, {"timeout_s": seconds, "action": action}, sentence)


@watchdog.command("reset")
@bmc_options
@json_option
def reset_watchdog(connection: Connection, as_json: bool) -> int:
    """Give the timer its full time again.

    \b
    Examples:
      mailward hw watchdog reset
    """
    with connection.session(budget_s=BUDGET_S) as session:
        timer.start(session)
        left = reading(lambda: timer.read(session).timeout_s, "s")
    return _said(as_json, {"timeout": to_plain(left)}, f"The watchdog has its full time again: {left}.")


@watchdog.command("stop")
@click.option("--force", is_flag=True, help="Even if the kernel drives the timer.")
@bmc_options
@json_option
def stop_watchdog(force: bool, connection: Connection, as_json: bool) -> int:
    """Stop the timer.

    \b
    Examples:
      mailward hw watchdog stop
    """
    kernel = _kernel(connection)
    if kernel and kernel.value and not force:
        raise KernelOwnsTimer(device=kernel.value.device, state=kernel.value.state)
    with connection.session(budget_s=BUDGET_S) as session:
        timer.stop(session)
    return _said(as_json, {"stopped": True}, "The watchdog is stopped.")


def _said(as_json: bool, document: object, sentence: str) -> int:
    if as_json:
        print_json(document)
    else:
        click.echo(sentence)
    return ExitStatus.OK
