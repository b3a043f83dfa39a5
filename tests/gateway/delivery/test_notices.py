"""gateway.delivery.notices"""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.delivery.bounce import BounceProfile
from gateway.delivery.dsn import Action, Reporter
from gateway.delivery.notices import Event, Notices, notify_of
from gateway.delivery.response import Response, Stage
from gateway.queue.message import Message, Recipient, Traits
from gateway.smtp.parameters import Notify

CONTENT = b"Subject: hello\r\n\r\n.dot\r\n"
NOTICES = Notices(Reporter("mail.ours.example"), lambda: "T1")
RECIPIENT = Recipient(3, "bob@example.com", "example.com", orcpt="rfc822;Bob+2Bx@example.com")
EVENT = Event(
    RECIPIENT,
    Response(550, "5.1.1", "No such user", Stage.RECIPIENT),
    "5.1.1",
    "Unknown address error",
    "mx.example.com",
)


def message(**values: object) -> Message:
    base = Message(7, "a@ours.example", 1_000.0, len(CONTENT), envid="E+2B1", ret="FULL")
    return replace(base, **values)  # type: ignore[arg-type]


def write(
    action: Action = Action.FAILED,
    about: Message | None = None,
    *events: Event,
    profile: BounceProfile | None = None,
) -> Message | None:
    return NOTICES.write(
        action, about or message(), events or (EVENT,), profile or BounceProfile(), CONTENT, 2_000.0
    )


def test_a_notice_is_a_message_that_never_bounces() -> None:
    note = write()
    assert note is not None
    assert note.sender == ""
    assert note.traits == Traits.BOUNCE | Traits.DOTTED
    assert [(r.address, r.domain) for r in note.recipients] == [("a@ours.example", "ours.example")]
    assert isinstance(note.body, bytes)
    assert note.size == len(note.body)
    for text in (
        b"Original-Envelope-Id: E+1",
        b"rfc822; Bob+x@example.com",
        b"smtp; 550 5.1.1 No such user",
        b".dot",
    ):
        assert text in note.body


def test_nobody_is_told() -> None:
    assert write(about=message(sender="")) is None
    assert write(about=message(traits=Traits.BOUNCE)) is None
    assert write(profile=BounceProfile(hard_bounces=False)) is None
    assert write(Action.FAILED, None, replace(EVENT, recipient=replace(RECIPIENT, notify="NEVER"))) is None
    assert write(Action.RELAYED) is None


def test_only_recipients_with_a_wish_are_in_it() -> None:
    silent = replace(EVENT, recipient=replace(RECIPIENT, address="eve@example.com", notify="NEVER"))
    note = write(Action.FAILED, None, EVENT, silent)
    assert note is not None
    assert isinstance(note.body, bytes)
    assert b"eve@" not in note.body


def test_success_where_it_was_asked_for() -> None:
    asked = replace(EVENT, recipient=replace(RECIPIENT, notify="SUCCESS,FAILURE"))
    note = write(Action.RELAYED, None, asked)
    assert note is not None
    assert isinstance(note.body, bytes)
    assert b"Action: relayed" in note.body
    assert note.subject == "Delivery Status Notification (Success)"


def test_bounces_may_go_elsewhere_delays_do_not() -> None:
    profile = BounceProfile(notify="bounces@ours.example")
    note, delay = write(profile=profile), write(Action.DELAYED, profile=profile)
    assert note is not None
    assert delay is not None
    assert note.recipients[0].address == "bounces@ours.example"
    assert delay.recipients[0].address == "a@ours.example"


def test_international_mail_gets_an_international_notice() -> None:
    note = write(about=message(sender="bücher@ours.example"))
    assert note is not None
    assert note.traits & Traits.SMTPUTF8
    assert note.traits & Traits.EIGHT_BIT


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", set()),
        ("never", {Notify.NEVER}),
        ("SUCCESS,DELAY", {Notify.SUCCESS, Notify.DELAY}),
        ("NONSENSE", set()),
    ],
)
def test_notify(text: str, wanted: set[Notify]) -> None:
    assert notify_of(Recipient(0, "a@b", "b", notify=text)) == wanted


def test_a_malformed_parameter_does_no_harm() -> None:
    note = write(about=message(envid="E+ZZ", ret="HALF"))
    assert note is not None
    assert isinstance(note.body, bytes)
    assert b"Original-Envelope-Id" not in note.body
