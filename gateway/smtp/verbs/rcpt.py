"""RCPT (RFC 5321 §4.1.1.3) with NOTIFY and ORCPT (RFC 3461)."""

from __future__ import annotations

from gateway.logs.maillog import clean
from gateway.queue.message import Recipient
from gateway.smtp import replies
from gateway.smtp.address import AddressProblem, BadAddress, Mailbox
from gateway.smtp.engine import Engine
from gateway.smtp.parameters import BadParameter, Notify, RcptParameters, parse_rcpt_command

_OFFERED = frozenset({"NOTIFY", "ORCPT"})


def rcpt(engine: Engine, argument: bytes) -> bytes | None:
    envelope = engine.envelope
    if not envelope.mid:
        return engine.blame(replies.MAIL_FIRST)
    if envelope.chunking:
        return engine.blame(replies.BDAT_GOING_ON)
    if argument[:3].upper() != b"TO:":
        return engine.blame(replies.SYNTAX)
    offered = _OFFERED if engine.session.extended_smtp else ()
    try:
        text = argument[3:].lstrip(b" ").decode("utf-8")
        recipient, parameters = parse_rcpt_command(
            text,
            utf8=envelope.smtp_utf8,
            offered=offered,
            default_domain=engine.settings.default_domain,
        )
    except UnicodeDecodeError:
        return engine.blame(replies.NOT_UTF8)
    except BadAddress as error:
        engine.server.log.say(
            f"ICID {engine.session.icid} MID {envelope.mid} Invalid recipient address: "
            f"'{clean(text[:256])}' {error.problem}"
        )
        utf8 = error.problem is AddressProblem.UTF8
        return engine.blame(replies.NEED_SMTPUTF8 if utf8 else replies.BAD_RECIPIENT)
    except BadParameter as error:
        return engine.blame(replies.BAD_PARAMETER if error.code == 555 else replies.SYNTAX)
    if len(envelope.recipients) >= engine.settings.max_recipients:
        return replies.TOO_MANY_RECIPIENTS
    engine.wait_for(
        engine.handler.handle_RCPT(engine.session, envelope, recipient),
        lambda verdict: _add(engine, recipient, parameters, verdict),
    )
    return None


def _add(
    engine: Engine, recipient: Mailbox, parameters: RcptParameters, verdict: bytes | None
) -> bytes | None:
    envelope, icid = engine.envelope, engine.session.icid
    if verdict is not None and verdict[:1] != b"2":
        engine.server.counters["rejected"] += 1
        return engine.refused(verdict, blame=True)
    rid = len(envelope.recipients)
    address = str(recipient)
    orcpt = parameters.orcpt.parameter() if parameters.orcpt else ""
    envelope.recipients.append(
        Recipient(rid, address, recipient.domain, notify=_notify(parameters), orcpt=orcpt)
    )
    envelope.rcpt_tos.append(address)
    engine.server.log.say(f"MID {envelope.mid} ICID {icid} RID {rid} To: <{address}>")
    return verdict or replies.RECIPIENT_OK


def _notify(parameters: RcptParameters) -> str:
    wanted = parameters.notify
    return ",".join(word for word in Notify if word in wanted) if wanted else ""
