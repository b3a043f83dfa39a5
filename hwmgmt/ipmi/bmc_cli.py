"""`mailward hw bmc`: the BMC itself, its users and its network settings (remote power cycling)."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Interface
from pathlib import Path

import click

from hwmgmt.ipmi import device
from hwmgmt.ipmi import lan as network
from hwmgmt.ipmi import users as accounts
from hwmgmt.ipmi.bmc import Bmc
from hwmgmt.ipmi.options import BadWords, Connection, DefaultGroup, ask_password, bmc_options
from hwmgmt.ipmi.target import password_from
from hwmgmt.ipmi.users import Privilege
from hwmgmt.reading import Reading
from mailward.errors import BadInput, ExitStatus
from mailward.output import json_option, print_json, print_table, to_plain

BUDGET_S = 60.0
_USER_COLUMNS = ("slot", "name", "privilege", "enabled", "IPMI over LAN")
_PRIVILEGES = {"user": 2, "operator": 3, "administrator": 4, "no-access": 15}


class NoNewPassword(BadInput):
    key = "ipmi.no-new-password"
    sentence = "no password for the BMC user {name}"
    remedy = "Use --new-password-file, or run on a terminal to be asked"


@click.group()
def bmc() -> None:
    """The BMC itself: what it is, who may log in to it, and under which address.

    For remote power cycling a BMC needs an address, the access mode "always" and a user of privilege
    operator:

    \b
    Examples:
      mailward hw bmc lan set --address 192.0.2.9/24 --gateway 192.0.2.1 --access always
      mailward hw bmc user 3 --name siteops --privilege operator --enable --set-password
      mailward hw power status --host 192.0.2.9 --user siteops     (from elsewhere: try it)
    """


@bmc.command()
@bmc_options
@json_option
def info(connection: Connection, as_json: bool) -> int:
    """Maker, product, firmware and abilities of the BMC.

    \b
    Examples:
      mailward hw bmc info
      mailward hw bmc info --json
    """
    with connection.session(budget_s=BUDGET_S) as session:
        found = device.read(session)
    if as_json:
        print_json(found)
        return ExitStatus.OK
    rows = [
        ("manufacturer", f"{found.manufacturer} (IANA enterprise number)"),
        ("product", found.product),
        ("firmware", found.firmware),
        ("IPMI", found.ipmi_version),
        ("supports", ", ".join(found.supports)),
        ("ready", "yes" if found.available else "no: it is starting or being updated"),
    ]
    print_table(("BMC", ""), rows)
    return ExitStatus.OK


@bmc.command("users")
@click.option("--channel", type=click.IntRange(1, 11), help="The LAN channel; the first by default.")
@bmc_options
@json_option
def list_users(channel: int | None, connection: Connection, as_json: bool) -> int:
    """Users of the BMC and what they may do over the network.

    \b
    Examples:
      mailward hw bmc users
      mailward hw bmc users --json
    """
    with connection.session(budget_s=BUDGET_S) as session:
        found = accounts.users(session, channel or network.first_channel(session))
    if as_json:
        print_json({"users": [_user_document(user) for user in found]})
        return ExitStatus.OK
    print_table(_USER_COLUMNS, [_user_row(user) for user in found])
    return ExitStatus.OK


def _user_document(user: Reading[accounts.User]) -> dict[str, object]:
    if user.value is None:
        return {"reason": user.reason, "detail": user.detail}
    one = user.value
    return {
        "slot": one.slot,
        "name": one.name,
        "privilege": _privilege_word(one.privilege),
        "enabled": one.enabled,
        "ipmi": one.ipmi,
        "reason": user.reason,
    }


def _privilege_word(privilege: Privilege) -> str:
    return privilege.name.lower().replace("_", "-")


def _user_row(user: Reading[accounts.User]) -> tuple[object, ...]:
    if user.value is None:
        return ("", f"({user.reason})", user.detail, "", "")
    one = user.value
    enabled = {True: "yes", False: "no", None: "(not told)"}[one.enabled]
    return (one.slot, one.name, _privilege_word(one.privilege), enabled, "yes" if one.ipmi else "no")


@bmc.command("user")
@click.argument("slot", type=click.IntRange(2, 63))
@click.option("--name", help="Name of the user, up to 16 characters.")
@click.option("--set-password", is_flag=True, help="Ask for a new password.")
@click.option(
    "--new-password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with the new password.",
)
@click.option("--privilege", type=click.Choice(list(_PRIVILEGES)), help="operator suffices for power.")
@click.option("--enable/--disable", "enabled", default=None, help="May the user log in?")
@click.option("--channel", type=click.IntRange(1, 11), help="The LAN channel; the first by default.")
@bmc_options
@json_option
def set_user(
    slot: int,
    name: str | None,
    set_password: bool,
    new_password_file: Path | None,
    privilege: str | None,
    enabled: bool | None,
    channel: int | None,
    connection: Connection,
    as_json: bool,
) -> int:
    """Change the user in SLOT (2 and up; see `bmc users`). Only what is named is changed.

    \b
    Examples:
      mailward hw bmc user 3 --name siteops --privilege operator --set-password --enable
      mailward hw bmc user 3 --disable
    """
    password = None
    if new_password_file:
        password = password_from(new_password_file)
    elif set_password:
        who = name or f"in slot {slot}"
        password = ask_password(f"New password for the user {who}", NoNewPassword(name=who), confirm=True)
    with connection.session(budget_s=BUDGET_S) as session:
        try:
            user = _change(session, slot, name, password, privilege, enabled, channel)
        except ValueError as error:
            raise BadWords(what=str(error)) from error
    if as_json:
        print_json(_user_document(Reading(user)))
    else:
        print_table(_USER_COLUMNS, [_user_row(Reading(user))])
    return ExitStatus.OK


def _change(
    session: Bmc,
    slot: int,
    name: str | None,
    password: str | None,
    privilege: str | None,
    enabled: bool | None,
    channel: int | None,
) -> accounts.User:
    on = channel or network.first_channel(session)
    if name is not None:
        accounts.set_name(session, slot, name)
    if password is not None:
        accounts.set_password(session, slot, password)
    if privilege is not None:
        accounts.set_privilege(session, on, slot, Privilege(_PRIVILEGES[privilege]))
    if enabled is not None:
        accounts.enable(session, slot, enabled)
    return accounts.read(session, on, slot)


@bmc.group("lan", cls=DefaultGroup, default="show")
def lan() -> None:
    """Address of the BMC on the network; without a subcommand `lan show`.

    \b
    Examples:
      mailward hw bmc lan
      mailward hw bmc lan set --dhcp --access always
    """


@lan.command("show")
@click.option("--channel", type=click.IntRange(1, 11), help="The LAN channel; all by default.")
@bmc_options
@json_option
def show_lan(channel: int | None, connection: Connection, as_json: bool) -> int:
    """Address, gateway, VLAN and access mode of the BMC's LAN channels.

    \b
    Examples:
      mailward hw bmc lan show --json
    """
    with connection.session(budget_s=BUDGET_S) as session:
        wanted = (channel,) if channel else network.channels(session)
        found = [network.read(session, number) for number in wanted]
    _print_lan(found, as_json)
    return ExitStatus.OK


def _lan_document(one: network.LanSettings) -> dict[str, object]:
    addresses = {name: getattr(one, name).map(str) for name in ("address", "netmask", "gateway")}
    source = one.source.map(lambda source: source.name.lower())
    return to_plain(one) | to_plain({**addresses, "source": source})  # type: ignore[no-any-return]


def _print_lan(found: list[network.LanSettings], as_json: bool) -> None:
    if as_json:
        print_json({"channels": [_lan_document(one) for one in found]})
        return
    rows: list[tuple[object, ...]] = []
    for one in found:
        source = one.source.value.name.lower() if one.source.value is not None else str(one.source)
        settings = (
            ("address", one.address),
            ("netmask", one.netmask),
            ("gateway", one.gateway),
            ("source", source),
            ("MAC", one.mac),
            ("VLAN", "none" if one.vlan.value == 0 else one.vlan),
            ("access", one.access),
        )
        rows += [(one.channel, name, value) for name, value in settings]
    print_table(("channel", "setting", "value"), rows)


@lan.command("set")
@click.option("--address", metavar="ADDRESS/PREFIX", help="A fixed address.")
@click.option("--gateway", metavar="ADDRESS", help="With --address: the default gateway.")
@click.option("--dhcp", is_flag=True, help="Ask a DHCP server instead.")
@click.option("--vlan", type=click.IntRange(0, 4094), help="Tag with this VLAN; 0 for none.")
@click.option(
    "--access",
    type=click.Choice([mode.value for mode in network.AccessMode]),
    help="When it may be used over LAN.",
)
@click.option("--channel", type=click.IntRange(1, 11), help="The LAN channel; the first by default.")
@bmc_options
@json_option
def set_lan(
    address: str | None,
    gateway: str | None,
    dhcp: bool,
    vlan: int | None,
    access: str | None,
    channel: int | None,
    connection: Connection,
    as_json: bool,
) -> int:
    """Change network settings, and read them back.

    The exit status is 1 if the BMC accepted a setting and did not keep it. Over --host the session may not survive
    the change of its own address.

    \b
    Examples:
      mailward hw bmc lan set --address 192.0.2.9/24 --gateway 192.0.2.1
      mailward hw bmc lan set --dhcp --vlan 10
      mailward hw bmc lan set --access disabled
    """
    if dhcp and address:
        raise click.UsageError("--dhcp and --address exclude each other")
    if gateway and not address:
        raise click.UsageError("--gateway goes with --address")
    if not (dhcp or address or access) and vlan is None:
        raise click.UsageError("nothing to set; see --help")
    with connection.session(budget_s=BUDGET_S) as session:
        on = channel or network.first_channel(session)
        wanted: dict[str, object] = {}
        try:
            if address:
                way_out = IPv4Address(gateway) if gateway else None
                network.set_static(session, on, address, way_out)
                wanted |= {"source": network.AddressSource.STATIC, "address": IPv4Interface(address).ip}
                wanted |= {"netmask": IPv4Interface(address).netmask} | (
                    {"gateway": way_out} if way_out else {}
                )
        except (AddressValueError, ValueError) as error:
            raise BadWords(what=str(error)) from error
        if dhcp:
            network.set_dhcp(session, on)
            wanted["source"] = network.AddressSource.DHCP
        if vlan is not None:
            network.set_vlan(session, on, vlan)
            wanted["vlan"] = vlan
        if access:
            network.set_access(session, on, network.AccessMode(access))
            wanted["access"] = network.AccessMode(access)
        found = network.read(session, on)
    _print_lan([found], as_json)
    lost = network.not_kept(found, wanted)
    for phrase in lost:
        click.echo(f"The BMC accepted and did not keep: {phrase}.", err=True)
    return ExitStatus.FAILED if lost else ExitStatus.OK
