"""`certconfig`, `sslconfig`, and the authorities of `updateconfig`: nothing is added that was not looked at (A4)."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from gateway.config import edit
from gateway.config.elements.tls import AuthorityList, Certificate, Ssl, TlsSide
from gateway.console import chains
from gateway.console.call import Call
from gateway.console.errors import BadAnswer
from gateway.console.fields import of_field
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Question, Text, YesNo
from gateway.console.settings import Settings
from gateway.console.values import plain


def resolves(host: str) -> bool:
    """Whether the name has an address."""
    try:
        return bool(socket.getaddrinfo(host.removeprefix("*."), None))
    except OSError:
        return False


def _pem(text: str) -> str:
    chains.read(text)
    return text.strip() + "\n"


def _now(call: Call) -> datetime:
    return datetime.fromtimestamp(call.desk.now(), UTC)


FQDN = Question("fqdn", "Do you want to check whether FQDN of the certificate is valid?", YesNo(), True)
PEM = Question("certificate", "Paste the certificate in PEM, its chain behind it.", Text(_pem), lines=True)
KEY = Question("private_key", "Paste its private key in PEM, without a password.", Text(), lines=True)


def _checked(call: Call, answers: Answers, old: Any) -> Answers:
    """An own certificate: in time, and named after a host if that is asked for."""
    wanted = answers.pop("fqdn", False)
    leaf = chains.read(answers["certificate"])[0]
    why = chains.time_problem(leaf, _now(call)) or (chains.fqdn_problem(leaf, resolves) if wanted else "")
    if why:
        raise BadAnswer(name="certificate", why=why)
    return answers


OWN = Listing(
    ("certificates",),
    "certificate",
    "certificate_name",
    (
        of_field(Certificate, "certificate_name", "Enter a name for this certificate profile:"),
        PEM,
        KEY,
        FQDN,
    ),
    element=Certificate,
    finish=_checked,
)


def _own(call: Call) -> Any:
    rows, found = [], []
    for number, entry in enumerate(call.config.certificates, 1):
        about = _about(entry.certificate)
        rows.append((f"{number}.", entry.certificate_name, about["name"], about["issuer"], about["until"]))
        found.append({"certificate_name": entry.certificate_name, **about})
    if rows:
        call.table(["", "Name", "Common name", "Issued by", "Expires"], rows)
    else:
        call.say("There are no certificates.")
    return found


def _about(text: str) -> dict[str, str]:
    """Of the first certificate, for a table; one that stands in a file of its own is only named."""
    if text.startswith("/"):
        return {"name": f"(file {text})", "issuer": "", "until": ""}
    leaf = chains.read(text)[0]
    issuer = leaf.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return {
        "name": chains.name(leaf),
        "issuer": str(issuer[0].value) if issuer else leaf.issuer.rfc4514_string(),
        "until": f"{leaf.not_valid_after_utc:%Y-%m-%d}",
    }


class Authorities:
    """A list of PEM texts in the configuration. `chain`: each has to come with its whole chain."""

    def __init__(self, path: tuple[str, ...], *, chain: bool) -> None:
        self.path = path
        self.chain = chain

    def entries(self, call: Call) -> list[str]:
        return list(edit.get(call.config, self.path))

    def show(self, call: Call) -> Any:
        found = [_about(text) for text in self.entries(call)]
        if found:
            call.table(
                ["", "Name", "Issued by", "Expires"],
                [(f"{n}.", one["name"], one["issuer"], one["until"]) for n, one in enumerate(found, 1)],
            )
        else:
            call.say("There are no authorities of your own.")
        return found

    def add(self, call: Call, answers: Answers) -> Any:
        certificates = chains.read(answers["certificate"])
        problems = list(chains.authority_problems(certificates, _now(call)))
        if not problems and answers.get("fqdn"):
            problems = list(filter(None, [chains.fqdn_problem(certificates[0], resolves)]))
        if not problems and self.chain:
            problems = list(filter(None, [chains.chain_problem(certificates)]))
        if problems:
            raise BadAnswer(name="certificate", why="; ".join(problems))
        call.change(edit.put(call.config, self.path, [*self.entries(call), answers["certificate"]]))
        call.say(f"Added {chains.name(certificates[0])}.")
        return _about(answers["certificate"])

    def remove(self, call: Call, answers: Answers) -> Any:
        entries = self.entries(call)
        gone = entries.pop(answers["which"])
        call.change(edit.put(call.config, self.path, entries))
        call.say(f"Removed {_about(gone)['name']}.")
        return {"removed": _about(gone)["name"]}

    def operations(self) -> tuple[Operation, ...]:
        def which(call: Call, answers: Answers) -> Choice:
            entries = self.entries(call)
            choices = [(str(n), _about(text)["name"]) for n, text in enumerate(entries, 1)]
            return Choice(choices, lambda text: int(text) - 1)

        asked = (PEM, FQDN) if self.chain else (PEM,)
        return (
            Operation("ADD", "Add the certificate of an authority.", Action(self.add, asked)),
            Operation(
                "DELETE",
                "Remove one.",
                Action(self.remove, (Question("which", "Which one?", which),)),
                shown=lambda call: bool(self.entries(call)),
            ),
            Operation("PRINT", "List them.", Action(lambda call, _: self.show(call)), changes=False),
        )


CUSTOM = Authorities(("certificate_authorities", "authorities"), chain=False)
SYSTEM = Settings(
    ("certificate_authorities",),
    (
        of_field(
            AuthorityList, "system", "Do you want to believe the authorities that come with the release?"
        ),
    ),
)
_LIST = {operation.name: operation for operation in OWN.operations()}

CERTCONFIG = Menu(
    _own,
    Operation(
        "CERTIFICATE",
        "Import, delete or list certificates.",
        Menu(
            _own,
            _LIST["NEW"],
            _LIST["DELETE"],
            Operation("PRINT", "List them.", Action(lambda c, _: _own(c)), changes=False),
        ),
        changes=False,
    ),
    Operation(
        "CERTAUTHORITY",
        "Whom to believe about others' certificates.",
        Menu(
            CUSTOM.show,
            *CUSTOM.operations(),
            Operation("SYSTEM", "The list that comes with the release.", SYSTEM.action()),
        ),
        changes=False,
    ),
)


def _side(name: str, summary: str) -> Operation:
    side = Settings(
        ("ssl", name),
        (
            of_field(
                TlsSide,
                "versions",
                "Enter the TLS versions, separated by commas; none chosen is all that are safe.",
            ),
            of_field(
                TlsSide,
                "ciphers",
                "Enter the ciphers for TLS 1.2 in OpenSSL's notation, `none` for its defaults.",
            ),
        ),
    )
    return Operation(name.upper(), summary, side.action())


def _ssl(call: Call) -> Any:
    ssl = call.config.ssl
    call.say("sslconfig settings:")
    for name in ("gui", "inbound", "outbound"):
        side: TlsSide = getattr(ssl, name)
        versions = ", ".join(version.value for version in side.versions) or "all that are safe"
        call.say(f"  {name:9} {versions}; ciphers: {side.ciphers or 'the defaults'}")
    call.say(f"  Peers' certificates must name a host: {'yes' if ssl.check_fqdn else 'no'}")
    return plain(ssl)


SSLCONFIG = Menu(
    _ssl,
    _side("gui", "Edit GUI HTTPS ssl settings."),
    _side("inbound", "Edit Inbound SMTP ssl settings."),
    _side("outbound", "Edit Outbound SMTP ssl settings."),
    Operation(
        "PEER_CERT_FQDN",
        "Whether peers' certificates must name a host.",
        Settings(
            ("ssl",), (of_field(Ssl, "check_fqdn", "Do you want to check the FQDN of peers' certificates?"),)
        ).action(),
    ),
)
