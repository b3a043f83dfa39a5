"""Replies to clients, ready to be written: code, enhanced status (RFC 2034, RFC 3463) and text in one place.

What a client may read is here and nowhere else; texts never carry an exception's words.
"""

from __future__ import annotations


def reply(code: int, text: str, enhanced: str = "") -> bytes:
    """One reply line. ``reply(250, "Ok", "2.0.0")`` is ``250 2.0.0 Ok``."""
    return f"{code} {enhanced} {text}\r\n".encode() if enhanced else f"{code} {text}\r\n".encode()


def multiline(code: int, lines: list[str]) -> bytes:
    """A reply of several lines (RFC 5321 §4.2.1)."""
    head = "".join(f"{code}-{line}\r\n" for line in lines[:-1])
    return f"{head}{code} {lines[-1]}\r\n".encode()


OK = reply(250, "Ok", "2.0.0")
SENDER_OK = reply(250, "Sender ok", "2.1.0")
RECIPIENT_OK = reply(250, "Recipient ok", "2.1.5")
FLUSHED = reply(250, "Flushed", "2.0.0")
BYE = reply(221, "Goodbye", "2.0.0")
START_MAIL = reply(354, "End data with <CR><LF>.<CR><LF>")
START_TLS = reply(220, "Go ahead with TLS", "2.0.0")
VRFY = reply(252, "Cannot verify, but will try to deliver", "2.5.2")

SHUTTING_DOWN = reply(421, "Service shutting down, try again later", "4.3.2")
SUSPENDED = reply(421, "Service not available, try again later", "4.3.2")
TIMEOUT = reply(421, "Timed out waiting for you", "4.4.2")
TOO_SLOW = reply(421, "Data arrives too slowly", "4.4.2")
TOO_MANY_CONNECTIONS = reply(421, "Too many connections, try again later", "4.7.0")
TOO_MANY_FROM_HOST = reply(421, "Too many connections from your host", "4.7.0")
INTERNAL = reply(421, "Internal error, closing connection", "4.3.0")
INTERNAL_TRY_AGAIN = reply(451, "Internal error, try again later", "4.3.0")
STORAGE = reply(452, "Insufficient system storage, try again later", "4.3.1")
MEMORY = reply(452, "Too many messages at once, try again later", "4.3.1")

BARE_LINE = reply(500, "Bare CR or LF in command, lines end with CRLF", "5.5.2")
LINE_TOO_LONG = reply(500, "Line too long", "5.5.2")
UNKNOWN = reply(500, "Command not recognized", "5.5.1")
TOO_MANY_ERRORS = reply(421, "Too many errors, closing connection", "4.7.0")
NOT_AVAILABLE = reply(502, "Command not available here", "5.5.1")
NOT_UTF8 = reply(501, "Argument is neither ASCII nor UTF-8", "5.5.2")
SYNTAX = reply(501, "Syntax error in arguments", "5.5.4")
BAD_SENDER = reply(501, "Bad sender address syntax", "5.1.7")
BAD_RECIPIENT = reply(501, "Bad recipient address syntax", "5.1.3")
HELLO_FIRST = reply(503, "Say EHLO or HELO first", "5.5.1")
MAIL_FIRST = reply(503, "MAIL first", "5.5.1")
NESTED_MAIL = reply(503, "Sender already given", "5.5.1")
RCPT_FIRST = reply(554, "No valid recipients", "5.5.1")
BDAT_GOING_ON = reply(503, "BDAT transaction under way: BDAT or RSET", "5.5.1")
TOO_MANY_RECIPIENTS = reply(452, "Too many recipients", "4.5.3")
TOO_BIG = reply(552, "Message is larger than the limit", "5.3.4")
NEED_SMTPUTF8 = reply(553, "Address needs the SMTPUTF8 parameter", "5.6.7")
RELAY_DENIED = reply(550, "Relaying denied", "5.7.1")
BAD_PARAMETER = reply(555, "Parameter not recognized or not allowed", "5.5.4")
BARE_NEWLINES = reply(550, "Message has bare CR or LF; only CRLF ends a line", "5.6.0")
LOOP = reply(554, "Too many hops, this message is looping", "5.4.6")
TLS_REQUIRED = reply(530, "Issue STARTTLS first", "5.7.0")
TLS_INJECTION = reply(554, "Commands after STARTTLS in plain text", "5.5.1")
TLS_ALREADY = reply(503, "TLS is on already", "5.5.1")
AUTH_REQUIRED = reply(530, "Authentication required", "5.7.0")
AUTH_OK = reply(235, "Authentication successful", "2.7.0")
AUTH_FAILED = reply(535, "Authentication failed", "5.7.8")
AUTH_BLOCKED = reply(421, "Too many failed authentications, try again later", "4.7.0")
AUTH_NEEDS_TLS = reply(538, "Encryption required for authentication", "5.7.11")
AUTH_UNKNOWN = reply(504, "Authentication mechanism not known", "5.5.4")
AUTH_CANCELLED = reply(501, "Authentication cancelled", "5.7.0")
AUTH_BASE64 = reply(501, "Not valid base64", "5.5.2")
AUTH_ALREADY = reply(503, "Authenticated already", "5.5.1")
AUTH_IN_MAIL = reply(503, "AUTH not allowed during a mail transaction", "5.5.1")
