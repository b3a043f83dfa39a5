"""`systemsetup`: from nothing to mail flow in a dozen questions, ended by a commit."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from gateway.config.elements.administration import AlertRecipient, User
from gateway.config.elements.delivery import DnsServer, RouteHost, SmtpRoute
from gateway.config.elements.listener import Listener
from gateway.config.elements.network import IpInterface, Routing, Time
from gateway.config.elements.roles import Role
from gateway.config.model import Config
from gateway.console.call import Call
from gateway.console.commands.commit import committed
from gateway.console.commands.network import PORTS
from gateway.console.commands.users import PASSPHRASE
from gateway.console.errors import Invalid
from gateway.console.fields import clause, kind_of, of_field
from gateway.console.handlers import Action
from gateway.console.passwords import crypted
from gateway.console.questions import Answers, Choice, Many, Optional, Question, Text, YesNo


def _server(text: str) -> str:
    try:
        return DnsServer(ip=text).ip
    except ValidationError as error:
        raise ValueError("must be IP addresses, separated by commas") from error


def _route_host(text: str) -> str:
    host, colon, port = text.rpartition(":")
    try:
        if colon and port.isdigit() and ":" not in host:
            RouteHost(hostname=host, port=int(port))
        else:
            RouteHost(hostname=text)
    except ValidationError as error:
        raise ValueError("must be host names or addresses, as mail.example.com or 10.0.0.5:25") from error
    return text


def _host_of(text: str) -> RouteHost:
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and ":" not in host:
        return RouteHost(hostname=host, port=int(port))
    return RouteHost(hostname=text)


def _static(call: Call, answers: Answers) -> bool:
    return not answers["dhcp"]


def _now_is(name: str) -> Any:
    return lambda call, answers: getattr(call.config, name)


QUESTIONS = (
    of_field(
        Config,
        "hostname",
        "Please enter the fully qualified hostname of this system (Ex: mail.example.com):",
        default=_now_is("hostname"),
    ),
    Question(
        "port", "Which Ethernet port is to be used?", Choice([(name, name) for name in PORTS]), "Management"
    ),
    Question("dhcp", "Shall it ask DHCP for its IPv4 address, router and name servers?", YesNo(), True),
    of_field(
        IpInterface,
        "ipv4",
        "IPv4 address (Ex: 192.168.1.2):",
        kind=Text(kind_of(IpInterface.model_fields["ipv4"]).parse),
        when=_static,
    ),
    of_field(IpInterface, "ipv4_prefix", "Bits of its netmask (Ex: 24):", when=_static),
    of_field(
        Routing,
        "default_gateway",
        "IP address of the default router (gateway), `none` for none:",
        when=_static,
    ),
    Question(
        "dns",
        "IP addresses of your DNS servers, separated by commas, `none` for those DHCP names.",
        Optional(Many(Text(_server)), []),
        [],
    ),
    of_field(Time, "ntp_servers", "NTP servers, separated by commas, none for those of the distribution."),
    of_field(
        Time,
        "timezone",
        "Please enter the time zone (Ex: Europe/Berlin):",
        default=lambda call, _: call.config.time.timezone,
    ),
    Question("change_passphrase", "Do you want to set the passphrase of `admin`?", YesNo(), True),
    Question(
        "passphrase",
        PASSPHRASE.prompt,
        PASSPHRASE.kind,
        secret=True,
        when=lambda _, a: a["change_passphrase"],
    ),
    of_field(
        Listener,
        "listener_name",
        "Please create a name for the listener that takes mail (Ex: InboundMail):",
        default="InboundMail",
    ),
    Question(
        "domains",
        "Enter the domains you want to accept mail for, separated by commas (Ex: example.com, .example.com).",
        Many(kind_of(SmtpRoute.model_fields["domain"]), 1),
    ),
    Question(
        "destinations",
        "Where is mail for these domains to be delivered? Hosts separated by commas, `none` for their MX.",
        Optional(Many(Text(_route_host)), []),
        [],
    ),
    of_field(
        Listener,
        "relay_hosts",
        "Please specify the systems allowed to relay mail to anywhere (Ex: 10.1.1.0/24), separated by commas.",
    ),
    of_field(AlertRecipient, "address", "Please enter the email address(es) to send alerts to:"),
)


def built(config: Config, answers: Answers) -> Config:
    """The configuration after the wizard. What it did not ask about stays. Raises Invalid."""
    try:
        interface = IpInterface.model_validate(
            {
                "interface_name": "Management",
                "port_name": answers["port"],
                "dhcp": answers["dhcp"],
                "ipv4": answers.get("ipv4") or "",
                "ipv4_prefix": answers.get("ipv4_prefix", 24),
                "hostname": answers["hostname"],
            }
        )
        listener = Listener.model_validate(
            {
                "listener_name": answers["listener_name"],
                "accepted_domains": answers["domains"],
                "relay_hosts": answers["relay_hosts"],
            }
        )
        changed: dict[str, Any] = {
            "hostname": answers["hostname"],
            "ip_interfaces": [
                interface,
                *(i for i in config.ip_interfaces if i.interface_name != "Management"),
            ],
            "time": _remade(config.time, timezone=answers["timezone"], ntp_servers=answers["ntp_servers"]),
            "listeners": [listener],
            "smtp_routes": _routes(config, answers),
            "alerts": _remade(config.alerts, recipients=[AlertRecipient(address=answers["address"])]),
        }
        if not answers["dhcp"]:
            changed["routing"] = _remade(config.routing, default_gateway=answers["default_gateway"])
        if answers["dns"]:
            changed["dns"] = _remade(config.dns, servers=[DnsServer(ip=ip) for ip in answers["dns"]])
        if answers.get("passphrase"):
            changed["users"] = _users(config, crypted(answers["passphrase"]))
        return Config.model_validate({name: getattr(config, name) for name in Config.model_fields} | changed)
    except ValidationError as error:
        raise Invalid(why=clause(error)) from error


def _remade(element: Any, **values: Any) -> Any:
    return type(element).model_validate({n: getattr(element, n) for n in type(element).model_fields} | values)


def _routes(config: Config, answers: Answers) -> list[SmtpRoute]:
    kept = [route for route in config.smtp_routes if route.domain not in answers["domains"]]
    hosts = [_host_of(text) for text in answers["destinations"]]
    return [*kept, *(SmtpRoute(domain=domain, hosts=hosts) for domain in answers["domains"] if hosts)]


def _users(config: Config, made: str) -> list[User]:
    known = {user.user_name: user for user in config.users}
    admin = known.get("admin") or User(user_name="admin", full_name="Administrator", role=Role.ADMINISTRATOR)
    return [_remade(admin, password_hash=made, enabled=True), *(u for n, u in known.items() if n != "admin")]


def _warn(call: Call) -> None:
    call.say("WARNING: The system setup wizard replaces the listeners there are, and their settings.")
    call.confirm("Are you sure you wish to continue?", default=True)


def _setup(call: Call, answers: Answers) -> Any:
    call.change(built(call.config, answers))
    call.say("\nPlease review the following changes:")
    return committed(call, "system setup", ask="Would you like to commit these changes at this time?")


SYSTEMSETUP = Action(
    _setup, QUESTIONS, "A dozen questions from nothing to mail flow; ends in a commit.", _warn
)
