"""The table of verbs. Each one is a function of the engine and the octets after its name."""

from __future__ import annotations

from gateway.smtp.engine import Verb
from gateway.smtp.verbs.auth import auth
from gateway.smtp.verbs.bdat import bdat
from gateway.smtp.verbs.data import data
from gateway.smtp.verbs.ehlo import ehlo, helo
from gateway.smtp.verbs.mail import mail
from gateway.smtp.verbs.plain import help_, noop, quit_, rset, vrfy
from gateway.smtp.verbs.rcpt import rcpt
from gateway.smtp.verbs.starttls import starttls

VERBS: dict[bytes, Verb] = {
    b"EHLO": ehlo,
    b"HELO": helo,
    b"MAIL": mail,
    b"RCPT": rcpt,
    b"DATA": data,
    b"BDAT": bdat,
    b"RSET": rset,
    b"NOOP": noop,
    b"QUIT": quit_,
    b"VRFY": vrfy,
    b"HELP": help_,
    b"STARTTLS": starttls,
    b"AUTH": auth,
}
