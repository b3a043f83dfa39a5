"""`smtproutes`: where mail for a domain goes instead of its MX (G1, G24)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from gateway.config import edit
from gateway.config.elements.delivery import RouteHost, RouteUse, SmtpRoute
from gateway.console import exchange
from gateway.console.call import Call
from gateway.console.fields import clause, of_field
from gateway.console.handlers import Menu
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Many, Question, Text
from gateway.console.values import plain

_HOST = re.compile(
    r"(?P<open>\[)?(?P<name>[^\[\]/,\s]+?)(?(open)\])(?::(?P<port>[0-9]{1,5}))?(?:/pri=(?P<priority>[0-9]{1,5}))?"
)
_BARE_IPV6 = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
ALLOWED = "hosts as relay.example.com, [relay.example.com], 192.0.2.1:2525 or relay.example.com/pri=10"


def parse_host(text: str) -> RouteHost:
    """A host as it is typed. In brackets its MX is not asked. Raises ValueError."""
    if _BARE_IPV6.fullmatch(text):
        fields: dict[str, Any] = {"hostname": text}
    elif match := _HOST.fullmatch(text):
        fields = {"hostname": match["name"], "by_address": bool(match["open"])}
        fields |= {"port": int(match["port"])} if match["port"] else {}
        fields |= {"priority": int(match["priority"])} if match["priority"] else {}
    else:
        raise ValueError(f"must be {ALLOWED}")
    try:
        return RouteHost.model_validate(fields)
    except ValidationError as error:
        raise ValueError(clause(error)) from error


def spell_host(host: RouteHost) -> str:
    """As `parse_host` reads it back."""
    name = (
        f"[{host.hostname}]"
        if host.by_address or (":" in host.hostname and host.port != 25)
        else host.hostname
    )
    port = f":{host.port}" if host.port != 25 else ""
    return name + port + (f"/pri={host.priority}" if host.priority else "")


def parse_destination(text: str) -> dict[str, Any]:
    """The `use` and `hosts` of a route: hosts separated by commas, USEDNS, or /dev/null. Raises ValueError."""
    for use in (RouteUse.USEDNS, RouteUse.DISCARD):
        if text.strip().lower() == use.value.lower():
            return {"use": use, "hosts": []}
    return {
        "use": RouteUse.HOSTS,
        "hosts": [parse_host(part.strip()) for part in text.split(",") if part.strip()],
    }


def spell_destination(route: SmtpRoute) -> str:
    if route.use is RouteUse.HOSTS:
        return ", ".join(spell_host(host) for host in route.hosts)
    return route.use.value


class _Destination(Many):
    """Kept as it was typed until the route is made of it; checked at once."""

    def parse(self, text: str) -> Any:
        made = parse_destination(text)
        if made["use"] is RouteUse.HOSTS and not made["hosts"]:
            raise ValueError(f"must be {ALLOWED}, USEDNS or /dev/null")
        return made

    def spell(self, value: Any) -> str:
        return (
            spell_destination(SmtpRoute.model_construct(**value))
            if isinstance(value, dict)
            else str(value or "")
        )


def _made(call: Call, answers: Answers, old: Any) -> Answers:
    return {
        **{key: value for key, value in answers.items() if key != "destination"},
        **answers["destination"],
    }


class _Routes(Listing):
    """A route is shown and asked for as one line of destinations."""

    def show(self, call: Call) -> Any:
        routes = self.entries(call)
        if not routes:
            call.say("There are no SMTP routes.")
        else:
            call.table(
                ["", "domain", "goes to"],
                [(f"{n}.", route.domain, spell_destination(route)) for n, route in enumerate(routes, 1)],
            )
        return plain(routes)

    def _editing(self) -> tuple[Question, ...]:
        def now(call: Call, answers: Answers) -> Any:
            route = self.entries(call)[answers["which"]]
            return {"use": route.use, "hosts": route.hosts}

        return tuple(
            replace(question, default=now) for question in self.questions if question.name == "destination"
        )


ROUTES = _Routes(
    ("smtp_routes",),
    "SMTP route",
    "domain",
    (
        of_field(
            SmtpRoute,
            "domain",
            "Enter the domain for which you want to set up a permanent route.\n"
            "Partial hostnames such as .example.com and ALL, for all other mail, are allowed.",
        ),
        Question(
            "destination",
            "Enter the destination hosts, separated by commas. USEDNS alone asks the MX as usual, /dev/null\n"
            "throws the mail away, brackets ask for the address of a host whatever its MX is.",
            _Destination(Text()),
        ),
    ),
    element=SmtpRoute,
    finish=_made,
)


def text_of(routes: list[SmtpRoute]) -> str:
    """``domain: hosts`` line by line, as the incumbent exports them."""
    return "".join(f"{route.domain}: {spell_destination(route)}\n" for route in routes)


def routes_of(text: str) -> list[SmtpRoute]:
    """Raises ValueError that names every line that is wrong."""
    found, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        domain, colon, destination = content.partition(":")
        try:
            if not colon:
                raise ValueError("must be `domain: hosts`")
            found.append(
                SmtpRoute.model_validate({"domain": domain.strip(), **parse_destination(destination.strip())})
            )
        except ValidationError as error:
            problems.append(f"line {number}: {clause(error)}")
        except ValueError as error:
            problems.append(f"line {number}: {error}")
    if problems:
        raise ValueError("; ".join(problems))
    return found


def _take(call: Call, text: str) -> Any:
    routes = routes_of(text)
    call.change(edit.put(call.config, ("smtp_routes",), routes))
    return {"routes": len(routes)}


SMTPROUTES = Menu(
    ROUTES.show,
    *ROUTES.operations(),
    *exchange.operations("SMTP routes", lambda call: text_of(ROUTES.entries(call)), _take),
)
