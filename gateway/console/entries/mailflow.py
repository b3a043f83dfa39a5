"""Mail on its way: how it is going, stopping it, and what is in the queue."""

from gateway.console.roles import Right
from gateway.console.table import Category, Command

HERE = "gateway.console.commands"
FLOW = f"{HERE}.flow"
RECIPIENTS = f"{HERE}.recipients"
MONITOR = f"{HERE}.monitor"


def _status(name: str, summary: str, *, stream: bool = False, right: Right = Right.STATUS) -> Command:
    return Command(name, Category.STATUS, right, summary, f"{MONITOR}:{name.upper()}", stream=stream)


def _flow(name: str, summary: str, *, right: Right = Right.MAIL) -> Command:
    return Command(name, Category.QUEUE, right, summary, f"{FLOW}:{name.upper()}")


def _queue(name: str, summary: str, *, right: Right = Right.MAIL) -> Command:
    return Command(name, Category.QUEUE, right, summary, f"{RECIPIENTS}:{name.upper()}")


ENTRIES = (
    _status("status", "State of the mail service; with `detail` its counters."),
    _status("rate", "Connections, recipients and the queue, line by line.", stream=True),
    _status("hoststatus", "What delivery to a domain or next hop is doing."),
    _status("hostrate", "The same line by line.", stream=True),
    _status("tophosts", "The destinations with most recipients waiting, deliveries or bounces."),
    _status("topin", "The clients with most connections."),
    _status("resetcounters", "Begin the Reset column of `status detail` anew.", right=Right.MAIL),
    _flow("suspend", "Suspend receiving and delivery."),
    _flow("resume", "Resume receiving and delivery."),
    _flow("suspendlistener", "Suspend receiving."),
    _flow("resumelistener", "Resume receiving."),
    _flow("suspenddel", "Suspend delivery."),
    _flow("resumedel", "Resume delivery."),
    _flow("workqueue", "The stage between acceptance and delivery.", right=Right.STATUS),
    _flow("delivernow", "Try delivery at once."),
    _queue("showrecipients", "Messages in the queue.", right=Right.LOGS),
    _queue("deleterecipients", "Delete messages from the queue; nobody is told."),
    _queue("bouncerecipients", "Return messages from the queue to their senders."),
    _queue("redirectrecipients", "Deliver what is queued to another host."),
    _queue("showmessage", "A message of the queue.", right=Right.MAIL),
    _queue("oldmessage", "The oldest message of the queue.", right=Right.MAIL),
    _queue("removemessage", "Delete one message from the queue."),
    _queue("archivemessage", "Copy a message of the queue to the configuration directory."),
)
