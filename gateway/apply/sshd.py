"""The SSH server: port, passwords, banner, who may come from where and to which address (A1)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range

from gateway.access.sources import Addresses, parse_source
from gateway.apply.templates import fill
from gateway.apply.tree import RUN, Node, text
from gateway.config.model import Config

BANNER = f"{RUN}/banner"
SSHD = f"{RUN}/sshd.conf"
_LOOPBACK = ("127.0.0.0/8", "::1/128")


def render_sshd(config: Config) -> tuple[dict[str, Node], list[str]]:
    """The file that the image's sshd_config includes, and what cannot be said in it."""
    access, ssh = config.admin_access, config.ssh
    files: dict[str, Node] = {}
    if access.banner:
        files[BANNER] = text(access.banner.rstrip("\n") + "\n")
    closed, problems = closed_addresses(config)
    files[SSHD] = text(
        fill(
            "sshd.j2",
            port=ssh.port,
            password_login=ssh.password_login,
            algorithms=ssh.host_key_algorithms,
            banner=BANNER if access.banner else "",
            allowed=[network for host in access.allowed_hosts for network in networks(host)],
            closed=closed,
        ),
        0o600,
    )
    return files, problems


def networks(host: str) -> list[str]:
    """A source of the configuration (192.0.2.1, 192.0.2., 192.0.2.1-20, a CIDR block) as CIDR blocks."""
    source = parse_source(host)
    assert isinstance(source, Addresses), host  # the model takes no other
    low, high = source.low, source.high
    kind = IPv4Address if source.version == 4 else IPv6Address
    return [str(network) for network in summarize_address_range(kind(low), kind(high))]


def closed_addresses(config: Config) -> tuple[list[str], list[str]]:
    """Local addresses at which nobody may log in, as patterns of sshd_config(5).

    An address that DHCP gives is not known. So if all that are open are known, everything else is closed; if all that
    are closed are known, only they are. With one unknown of each kind it cannot be said.
    """
    on = [i for i in config.ip_interfaces if i.port_name]
    opened, closed = [i for i in on if i.ssh], [i for i in on if not i.ssh]
    if not closed:
        return [], []
    if not opened:
        return [], ["no interface with a port has ssh: nobody could log in over the network"]
    if not any(i.dhcp for i in closed):
        return [address for i in closed for address in (i.ipv4, i.ipv6) if address], []
    if any(i.dhcp for i in opened):
        return [], ["ssh is on at one interface with dhcp and off at another: their addresses are not known"]
    known = [address for i in opened for address in (i.ipv4, i.ipv6) if address]
    return [
        "*",
        *(f"!{ip_network(str(ip_address(a)))}" for a in known),
        *(f"!{net}" for net in _LOOPBACK),
    ], []
