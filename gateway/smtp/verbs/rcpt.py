"""RCPT (RFC 5321 §4.1.1.3) with NOTIFY and ORCPT (RFC 3461)."""

from __future__ import annotations

from gateway.queue.message import Recipient
from gateway.smtp import replies
from gateway.smtp.engine import Engine
from gateway.smtp.path import Path, parse
from gateway.smtp.verbs.parameters import split, valid_notify, valid_orcpt


def rcpt(engine: Engine, argument: bytes) -> bytes | None:
    envelope = engine.envelope
    if not envelope.mid:
        return engine.blame(replies.MAIL_FIRST)
    if envelope.chunking:
        return engine.blame(replies.BDAT_GOING_ON)
    if argument[:3].upper() != b"TO:":
        return engine.blame(replies.SYNTAX)
    try:
        text = argument[3:].lstrip(b" ").decode("utf-8")
    except UnicodeDecodeError:
        return engine.blame(replies.NOT_UTF8)
    found = parse(text, sender=False)
    if found is None:
        return engine.blame(replies.BAD_RECIPIENT)
    path, rest = found
    if path.international and not envelope.smtp_utf8:
        return engine.blame(replies.NEED_SMTPUTF8)
    if len(envelope.recipients) >= engine.settings.max_recipients:
        return replies.TOO_MANY_RECIPIENTS
    notify = orcpt = ""
    if rest:
        words = split(rest)
        if words is None or not engine.session.extended_smtp:
            return engine.blame(replies.SYNTAX)
        notify, orcpt = words.pop("NOTIFY", ""), words.pop("ORCPT", "")
        if words or (notify and not valid_notify(notify)) or (orcpt and not valid_orcpt(orcpt)):
            return engine.blame(replies.BAD_PARAMETER)
    engine.wait_for(
        engine.handler.handle_RCPT(engine.session, envelope, path),
        lambda verdict: _add(engine, path, notify, orcpt, verdict),
    )
    return None


def _add(engine: Engine, path: Path, notify: str, orcpt: str, verdict: bytes | None) -> bytes | None:
    envelope, icid = engine.envelope, engine.session.icid
    if verdict is not None and verdict[:1] != b"2":
        engine.server.counters["rejected"] += 1
        engine.server.log.say(
            f"ICID {icid} To: <{path.address}> MID {envelope.mid} rejected by receiving control"
        )
        return engine.blame(verdict)
    rid = len(envelope.recipients)
    envelope.recipients.append(Recipient(rid, path.address, path.domain, notify=notify, orcpt=orcpt))
    envelope.rcpt_tos.append(path.address)
    engine.server.log.say(f"MID {envelope.mid} ICID {icid} RID {rid} To: <{path.address}>")
    return verdict or replies.RECIPIENT_OK
