"""Name servers, clock, host name, authorities, file access: what else the system is told."""

from __future__ import annotations

from gateway.apply.machine import Machine
from gateway.apply.people import people
from gateway.apply.ports import find_ports
from gateway.apply.sshd import networks
from gateway.apply.templates import clean
from gateway.apply.tree import RUN, File, Link, Node, text
from gateway.config.elements.delivery import DnsServer
from gateway.config.elements.roles import Role
from gateway.config.model import Config
from gateway.files.settings import FtpPlace, FtpSettings

RESOLVED = "/run/systemd/resolved.conf.d/mailward.conf"
TIMESYNCD = "/run/systemd/timesyncd.conf.d/mailward.conf"
LOCALTIME = f"{RUN}/localtime"  # what the image's /etc/localtime points to
NO_NTP = f"{RUN}/no-ntp"  # the image's timesyncd does not start while this is there
HOSTNAME = f"{RUN}/hostname"
AUTHORITIES = f"{RUN}/ca-certificates.crt"
FTP = f"{RUN}/ftp.json"
SYSTEM_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_HEAD = "# From the configuration, written again with each commit.\n"
_KERNEL_LIMIT = 64  # octets of a host name: HOST_NAME_MAX


def render_services(config: Config) -> dict[str, Node]:
    """Name servers, clock, host name."""
    files: dict[str, Node] = {
        LOCALTIME: Link(f"/usr/share/zoneinfo/{config.time.timezone}"),
        HOSTNAME: text(kernel_name(config.hostname) + "\n"),
    }
    if config.dns.servers:
        servers = " ".join(map(_server, config.dns.servers))
        files[RESOLVED] = text(f"{_HEAD}[Resolve]\nDNS={servers}\nDomains=~.\n")
    if not config.time.ntp:
        files[NO_NTP] = text("")
    elif config.time.ntp_servers:
        files[TIMESYNCD] = text(f"{_HEAD}[Time]\nNTP={clean(' '.join(config.time.ntp_servers))}\n")
    return files


def kernel_name(hostname: str) -> str:
    """The whole name if the kernel can carry it, or else its first label (63 octets at most: RFC 1035)."""
    return hostname if len(hostname) <= _KERNEL_LIMIT else hostname.split(".")[0]


def _server(server: DnsServer) -> str:
    address = f"[{clean(server.ip)}]" if ":" in server.ip else clean(server.ip)
    return address if server.port == 53 else f"{address}:{server.port}"


def render_authorities(config: Config, machine: Machine) -> Node:
    """Whom TLS believes: the release's list, the site's, or both."""
    wanted = config.certificate_authorities
    if wanted.system and not wanted.authorities:
        return Link(SYSTEM_BUNDLE)
    parts = [machine.authorities] if wanted.system else []
    parts += [authority.strip().encode() + b"\n" for authority in wanted.authorities]
    return File(b"".join(parts))


def render_ftp(config: Config, machine: Machine) -> dict[str, Node]:
    """Settings of the file service; none, and it does not run, while no interface has ftp."""
    devices = find_ports(config, machine).devices
    places: list[FtpPlace] = []
    for interface in config.ip_interfaces:
        if interface.ftp:
            places += [FtpPlace(address) for address in (interface.ipv4, interface.ipv6) if address]
            device = devices.get(interface.port_name or "")
            if interface.dhcp and device:
                places.append(FtpPlace(device=device))
    if not places:
        return {}
    certificate = next(
        (
            c
            for c in config.certificates
            if c.certificate_name == config.ftp.certificate and config.ftp.certificate
        ),
        None,
    )
    settings = FtpSettings(
        tuple(places),
        config.ftp.port,
        config.ftp.allow_plain,
        tuple(network for host in config.admin_access.allowed_hosts for network in networks(host)),
        {
            person.name: person.password_hash
            for person in people(config, machine.admin)
            if person.role is Role.ADMINISTRATOR and person.password_hash
        },
        f"{certificate.private_key.strip()}\n{certificate.certificate.strip()}\n" if certificate else "",
    )
    return {FTP: text(settings.dump(), 0o640, group="mailward-files")}
