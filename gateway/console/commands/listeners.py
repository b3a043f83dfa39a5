"""`listenerconfig`: where mail comes in (G1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.config import edit
from gateway.config.elements.listener import Listener, ListenerType
from gateway.config.model import Limits
from gateway.console.call import Call
from gateway.console.chosen import Chosen
from gateway.console.commands import hostaccess, rcptaccess
from gateway.console.fields import of_field
from gateway.console.handlers import Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Kind, Optional, Question, Text
from gateway.console.settings import Settings


def _public(call: Call, answers: Answers) -> bool:
    return answers.get("listener_type") is ListenerType.PUBLIC


def _interfaces(call: Call, answers: Answers) -> Kind:
    names = [interface.interface_name for interface in call.config.ip_interfaces]
    return Choice([(name, name) for name in names]) if names else Text()


def _interface_default(call: Call, answers: Answers) -> str:
    names = [interface.interface_name for interface in call.config.ip_interfaces]
    return names[0] if names else "Management"


def certificates(call: Call, answers: Answers) -> Kind:
    """Certificates of the configuration by name, or none."""
    names = [certificate.certificate_name for certificate in call.config.certificates]
    return Optional(Choice([(name, name) for name in names]) if names else Text(), "")


INTERFACE = replace(
    of_field(Listener, "interface_name", "Please choose an IP interface for this listener."),
    kind=_interfaces,
    default=_interface_default,
)
CERTIFICATE = of_field(
    Listener, "certificate", "Which certificate does it show for TLS? none for no TLS.", kind=certificates
)

LISTENERS = Listing(
    ("listeners",),
    "listener",
    "listener_name",
    (
        of_field(Listener, "listener_type", "Please select the type of listener you want to create.\nPublic takes "
                 "mail from the Internet, private from your own hosts."),
        of_field(Listener, "listener_name", 'Please create a name for this listener (Ex: "InboundMail"):'),
        INTERFACE,
        of_field(Listener, "ip", "Local address it listens on, 0.0.0.0 or :: for all:"),
        of_field(Listener, "port", "Please enter the TCP port for this listener:"),
        of_field(
            Listener,
            "accepted_domains",
            "Enter the domains or .partial.domains you want to accept mail for, separated by commas.",
            when=_public,
        ),
        of_field(
            Listener,
            "relay_hosts",
            "Enter the addresses and networks that may relay through the appliance, separated by commas.",
            when=lambda call, answers: not _public(call, answers),
        ),
    ),
    element=Listener,
    columns=("listener_name", "listener_type", "interface_name", "ip", "port"),
)  # fmt: skip

# What `edit` offers as settings: the words of the operation, and its questions.
_SETTINGS: tuple[tuple[str, str, tuple[Question, ...]], ...] = (
    (
        "NAME",
        "Change the name of the listener.",
        (of_field(Listener, "listener_name", "Enter the new name:"),),
    ),
    (
        "INTERFACE",
        "Change the interface, address and port.",
        (
            INTERFACE,
            of_field(Listener, "ip", "Local address it listens on, 0.0.0.0 or :: for all:"),
            of_field(Listener, "port", "TCP port:"),
        ),
    ),
    (
        "CERTIFICATE",
        "Choose the certificate and how TLS is offered.",
        (
            CERTIFICATE,
            of_field(Listener, "implicit_tls", "Is TLS spoken from the first octet on (port 465)?"),
            of_field(Listener, "tls_required", "Is mail taken over TLS only?"),
        ),
    ),
    (
        "LIMITS",
        "Change the injection limits.",
        (
            of_field(Listener, "max_connections", "Connections at a time, all workers together:"),
            of_field(
                Listener, "max_connections_per_host", "Connections at a time from one host, 0 for no limit:"
            ),
            of_field(Listener, "max_message_size", "Octets of a message, 0 for no limit:"),
            of_field(Listener, "max_recipients", "Recipients of a message:"),
            of_field(Listener, "command_timeout", "Seconds until a client that says nothing is let go:"),
            of_field(Listener, "data_timeout", "Seconds between two blocks of a message:"),
            of_field(Listener, "minimum_rate", "Octets per second a message has to come with:"),
        ),
    ),
    (
        "SETUP",
        "Configure general options.",
        (
            of_field(Listener, "default_domain", "Domain for addresses without one, none to refuse them:"),
            of_field(Listener, "bare_newlines", "What happens to a bare CR or LF in a message?"),
            of_field(Listener, "trusted_proxies", "Load balancers that send a PROXY header, none for none:"),
            of_field(Listener, "smtp_auth", "Is a login offered (on TLS)?"),
            of_field(Listener, "auth_failures_per_hour", "Wrong passwords per hour from one host:"),
        ),
    ),
)


def _one(name: str) -> Menu:
    path = ("listeners", name)
    return Menu(
        lambda call: _show(call, name),
        *(
            Operation(word, text, Settings(path, questions).action(text))
            for word, text, questions in _SETTINGS
        ),
        Operation("HOSTACCESS", "Modify the Host Access Table (HAT).", hostaccess.menu(name), changes=False),
        Operation(
            "RCPTACCESS", "Modify the Recipient Access Table (RAT).", rcptaccess.menu(name), changes=False
        ),
    )


def _show(call: Call, name: str) -> Any:
    listener: Listener = edit.get(call.config, ("listeners", name))
    call.table(
        ["", ""],
        [
            ("Name:", listener.listener_name),
            ("Type:", listener.listener_type),
            ("Interface:", f"{listener.interface_name} ({listener.ip}) port {listener.port}"),
            ("TLS:", f"certificate {listener.certificate}" if listener.certificate else "no certificate"),
            ("Default domain:", listener.default_domain or "none configured"),
            ("Maximum concurrent connections:", listener.max_connections),
            ("Maximum message size:", listener.max_message_size or "no limit"),
            ("Bare CR and LF:", listener.bare_newlines),
        ],
    )
    return listener.model_dump(mode="json")


_LIMITS = Settings(
    ("limits",),
    (
        of_field(
            Limits,
            "queue_size",
            "Octets of queued mail at which new mail is put off, 0 for the disk's limit:",
        ),
        of_field(Limits, "queue_messages", "Queued messages at which new mail is put off, 0 for no limit:"),
        of_field(Limits, "reserve", "Octets of the disk that stay free:"),
        of_field(Limits, "memory", "Octets of memory for messages on their way in:"),
    ),
)
_LIST = {operation.name: operation for operation in LISTENERS.operations(clear=False)}

LISTENERCONFIG = Menu(
    LISTENERS.show,
    replace(_LIST["NEW"], summary="Create a new listener."),
    replace(_LIST["EDIT"], summary="Modify a listener.", handler=Chosen(LISTENERS, _one), changes=False),
    replace(_LIST["DELETE"], summary="Remove a listener."),
    _LIST["PRINT"],
    Operation("SETUP", "Change global settings.", _LIMITS.action("Limits of all listeners together.")),
)
