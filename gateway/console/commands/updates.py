"""`updateconfig`, `alertconfig`, `diskquotaconfig`."""

from __future__ import annotations

from typing import Any

from gateway.config import edit
from gateway.config.elements.administration import AlertRecipient, Alerts
from gateway.config.elements.logs import QuotaSetting, Updates
from gateway.console.call import Call
from gateway.console.commands.certificates import Authorities
from gateway.console.fields import of_field
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Question, Text
from gateway.console.settings import Settings
from gateway.console.values import plain
from hwmgmt.models.model import QuotaArea
from hwmgmt.size import format_size, parse_size

TRUSTED = Authorities(("updates", "trusted_certificates"), chain=True)
SERVER = Settings(
    ("updates",),
    (of_field(Updates, "release_server", "Enter the URL or folder of releases, `none` for none:"),),
)
SERVICE_LOGS = Settings(
    ("updates",),
    (
        of_field(
            Updates,
            "service_logs",
            "Service Logs are limited telemetry for better detection of phishing. Do you agree to have them enabled?",
        ),
    ),
)


def _show(call: Call) -> Any:
    updates = call.config.updates
    call.say(f"Releases come from: {updates.release_server or 'nowhere yet'}")
    call.say(f"Authorities of update servers: {len(updates.trusted_certificates) or 'those of the system'}")
    call.say(f"Service Logs: {'enabled' if updates.service_logs else 'disabled'}")
    return plain(updates)


UPDATECONFIG = Menu(
    _show,
    Operation("SETUP", "Where releases and updates come from.", SERVER.action()),
    Operation(
        "TRUSTED_CERTIFICATES",
        "Authorities of update servers.",
        Menu(TRUSTED.show, *TRUSTED.operations()),
        changes=False,
    ),
    Operation("SERVICE_LOGS", "Whether limited telemetry is sent.", SERVICE_LOGS.action()),
)

RECIPIENTS = Listing(
    ("alerts", "recipients"),
    "recipient",
    "address",
    (
        of_field(
            AlertRecipient,
            "address",
            "Please enter a new email address to send alerts (Ex: administrator@example.com):",
        ),
        of_field(
            AlertRecipient,
            "classes",
            "Choose the Alert Classes, separated by commas; none chosen is all of them.",
        ),
        of_field(
            AlertRecipient, "severities", "Select a Severity Level, separated by commas; none chosen is all."
        ),
    ),
    element=AlertRecipient,
)
INTERVALS = Settings(
    ("alerts",),
    (
        of_field(
            Alerts, "initial_interval", "Initial number of seconds to wait before sending a duplicate alert:"
        ),
        of_field(
            Alerts, "maximum_interval", "Maximum number of seconds to wait before sending a duplicate alert:"
        ),
    ),
)
FROM = Settings(
    ("alerts",),
    (of_field(Alerts, "sender", "Enter the address alerts come from, `none` for the usual one:"),),
)
ALERTCONFIG = Menu(
    RECIPIENTS.show,
    *RECIPIENTS.operations(),
    Operation("SETUP", "Configure alert settings.", INTERVALS.action()),
    Operation("FROM", "Configure the From Address of alert emails.", FROM.action()),
)


def _quotas(call: Call) -> Any:
    sizes = {quota.area: quota.size for quota in call.config.disk_quotas}
    call.table(
        ["Area", "Size"],
        [
            (area.value, format_size(sizes[area.value]) if area.value in sizes else "the model's")
            for area in QuotaArea
        ],
    )
    return {area.value: sizes.get(area.value) for area in QuotaArea}


def _edit(call: Call, answers: Answers) -> Any:
    kept = [quota for quota in call.config.disk_quotas if quota.area != answers["area"]]
    if answers["size"]:
        kept.append(QuotaSetting(area=answers["area"], size=answers["size"]))
    call.change(edit.put(call.config, ("disk_quotas",), kept))
    shown = format_size(answers["size"]) if answers["size"] else "the model's size"
    call.say(f"{answers['area']} will have {shown}.")
    return {"area": answers["area"], "size": answers["size"] or None}


def _size_or_model(text: str) -> int:
    return 0 if text.lower() == "model" else parse_size(text)


DISKQUOTACONFIG = Menu(
    _quotas,
    Operation(
        "EDIT",
        "Edit the size of an area.",
        Action(
            _edit,
            (
                Question(
                    "area", "Choose the area.", Choice([(area.value, area.value) for area in QuotaArea])
                ),
                Question(
                    "size", "Enter the size (Ex: 80GiB), `model` for the model's own:", Text(_size_or_model)
                ),
            ),
        ),
    ),
)
