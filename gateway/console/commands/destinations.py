"""`destconfig` and `bounceconfig`: how mail goes out, and what is told when it does not (G1, G2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gateway.config import edit
from gateway.config.elements.delivery import BounceProfile, DestinationControl
from gateway.console.call import Call
from gateway.console.fields import of_field
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.listing import Listing
from gateway.console.questions import Answers, Choice, Kind, Optional, Question

DEFAULT = "ALL"


def _certificates(call: Call, answers: Answers) -> Kind:
    names = [certificate.certificate_name for certificate in call.config.certificates]
    return Optional(Choice([(name, name) for name in names]))


def _profiles(call: Call, answers: Answers) -> Kind:
    names = dict.fromkeys(["Default", *(profile.profile_name for profile in call.config.bounce_profiles)])
    return Optional(Choice([(name, name) for name in names]))


def _ask(name: str, prompt: str, **more: Any) -> Question:
    return of_field(DestinationControl, name, prompt, **more)


# Blank leaves it to the entry for ALL.
_CONTROLS = (
    _ask("max_host_concurrency", "Maximum number of simultaneous connections, `default` for the default's:"),
    _ask(
        "max_messages_per_connection",
        "Maximum number of messages per connection, `default` for the default's:",
    ),
    _ask(
        "recipient_limit",
        "Maximum number of recipients per time period, 0 for no limit, `default` for the default's:",
    ),
    _ask(
        "recipient_minutes",
        "Time period for that, in minutes:",
        when=lambda _, answers: bool(answers.get("recipient_limit")),
    ),
    _ask(
        "limit_apply",
        "Do limits hold for the domain or for each of its mail exchangers? `default` for the default's:",
    ),
    _ask(
        "limit_apply",
        "Do limits hold for the system or for each virtual gateway? `default` for the default's:",
    ),
    _ask("tls", "Do you wish to apply a specific TLS setting for this domain? `default` for the default's:"),
    _ask("dane", "DANE, `default` for the default's:"),
    _ask("mta_sts", "MTA-STS, `default` for the default's:"),
    _ask(
        "certificate",
        "Which certificate is shown to this domain? `default` for the default's:",
        kind=_certificates,
    ),
    _ask("bounce_profile", "Which bounce profile does it have? `default` for the default's:", kind=_profiles),
    _ask("ip_sort_pref", "Which addresses are tried first? `default` for the default's:"),
)
DESTINATIONS = Listing(
    ("destination_controls",),
    "destination control",
    "domain",
    (_ask("domain", "Enter the domain you wish to configure.\n.partial.domains are allowed."), *_CONTROLS),
    element=DestinationControl,
    columns=(
        "domain",
        "max_host_concurrency",
        "recipient_limit",
        "tls",
        "dane",
        "certificate",
        "bounce_profile",
    ),
)


def _default_of(name: str) -> Any:
    def value(call: Call, answers: Answers) -> Any:
        entry = _default_entry(call)
        return getattr(entry, name) if entry is not None else None

    return value


def _default_entry(call: Call) -> DestinationControl | None:
    return next((entry for entry in DESTINATIONS.entries(call) if entry.domain == DEFAULT), None)


def _set_default(call: Call, answers: Answers) -> Any:
    made = DestinationControl.model_validate({"domain": DEFAULT, **answers})
    rest = [entry for entry in DESTINATIONS.entries(call) if entry.domain != DEFAULT]
    DESTINATIONS.put(call, [*rest, made])
    call.say("Changed the default.")
    return made.model_dump(mode="json")


_DEFAULTS = tuple(replace(question, default=_default_of(question.name)) for question in _CONTROLS)

DESTCONFIG = Menu(
    DESTINATIONS.show,
    *DESTINATIONS.operations(),
    Operation(
        "DEFAULT", "Change the default, for domains without an entry.", Action(_set_default, _DEFAULTS)
    ),
)

PROFILES = Listing(
    ("bounce_profiles",),
    "bounce profile",
    "profile_name",
    (
        of_field(BounceProfile, "profile_name", "Please create a name for the profile:"),
        of_field(BounceProfile, "max_retries", "Please enter the maximum number of retries."),
        of_field(BounceProfile, "max_queue_time", "Please enter the maximum number of seconds a message may stay "
                 "in the queue before being hard bounced."),
        of_field(BounceProfile, "initial_retry", "Please enter the initial number of seconds to wait before "
                 "retrying a message."),
        of_field(BounceProfile, "max_retry", "Please enter the maximum number of seconds to wait before retrying."),
        of_field(BounceProfile, "send_hard_bounces", "Do you want a message sent for each hard bounce?"),
        of_field(BounceProfile, "alternate_address", "Address bounces go to instead of the sender, none for the "
                 "sender:", when=lambda _, answers: bool(answers.get("send_hard_bounces"))),
        of_field(BounceProfile, "send_delay_warnings", "Do you want a message sent for each delay warning?"),
        of_field(BounceProfile, "warning_interval", "Seconds between two delay warnings:",
                 when=lambda _, answers: bool(answers.get("send_delay_warnings"))),
        of_field(BounceProfile, "warning_count", "Maximum number of delay warnings:",
                 when=lambda _, answers: bool(answers.get("send_delay_warnings"))),
    ),
    element=BounceProfile,
    columns=("profile_name", "max_retries", "max_queue_time", "initial_retry", "max_retry", "send_hard_bounces"),
)  # fmt: skip


def _delete_profile(call: Call, answers: Answers) -> Any:
    """G29: it is gone with the commit; until then it is shown as being processed."""
    entries = PROFILES.entries(call)
    gone = entries.pop(answers["which"]).profile_name
    controls = call.config.destination_controls
    users = [control.domain for control in controls if control.bounce_profile == gone]
    if users:
        call.say(f"It is used by {', '.join(users)}: these get the default's.")
    call.confirm(f"Are you sure you want to delete {gone}?")
    without = [
        control.model_copy(update={"bounce_profile": None}) if control.bounce_profile == gone else control
        for control in controls
    ]
    call.change(edit.put(call.config, ("destination_controls",), without))
    PROFILES.put(call, entries)
    call.say(f"Removed bounce profile {gone}; processing until `commit` confirms it.")
    return {"removed": gone, "state": "processing"}


_LIST = {operation.name: operation for operation in PROFILES.operations()}
BOUNCECONFIG = Menu(
    PROFILES.show,
    *(
        replace(operation, handler=Action(_delete_profile, (PROFILES.chooser("remove"),)))
        if name == "DELETE"
        else operation
        for name, operation in _LIST.items()
    ),
)
