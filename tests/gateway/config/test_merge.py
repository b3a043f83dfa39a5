import pytest

from gateway.config import diff, edit
from gateway.config.elements.administration import User
from gateway.config.elements.delivery import DnsServer, RouteHost, SmtpRoute, SourceRule
from gateway.config.elements.logs import LogSubscription, LogType
from gateway.config.elements.network import IpInterface
from gateway.config.elements.policies import MailPolicy
from gateway.config.elements.roles import Role
from gateway.config.errors import NotAcceptable
from gateway.config.merge import Merge
from gateway.config.model import Config
from tests.gateway.config.made import BEGIN

NAMES = "ABCD"
BASE = edit.update(
    BEGIN,
    (),
    incoming_policies=[MailPolicy(policy_name=name) for name in NAMES],
    smtp_routes=[SmtpRoute(domain="a.example", hosts=[RouteHost(hostname="10.0.0.1")])],
    ip_interfaces=[IpInterface(interface_name="Data1", ipv4="10.0.0.5", hostname="d.example")],
    log_subscriptions=[LogSubscription(log_name="m", log_type=LogType.MAIL, passphrase="old")],
)
POLICY = ("incoming_policies",)


def merged(mine: Config, theirs: Config) -> Config:
    merge = Merge()
    config = merge.merge(BASE, mine, theirs)
    assert merge.conflicts == []
    return config


def conflicts(mine: Config, theirs: Config) -> list[str]:
    merge = Merge()
    merge.merge(BASE, mine, theirs)
    return [str(conflict) for conflict in merge.conflicts]


def order(config: Config) -> str:
    return "".join(policy.policy_name for policy in config.incoming_policies)


def add(config: Config, name: str, at: int) -> Config:
    return edit.add(config, POLICY, MailPolicy(policy_name=name), at=at)


def test_different_children_of_one_element() -> None:
    mine = edit.update(BASE, ("listeners", "InboundMail"), port=26)
    theirs = edit.update(BASE, ("listeners", "InboundMail"), max_recipients=5)
    (listener,) = merged(mine, theirs).listeners
    assert (listener.port, listener.max_recipients) == (26, 5)


def test_the_same_twice_is_no_conflict() -> None:
    mine = edit.update(BASE, (), hostname="b.example.com")
    assert merged(mine, mine) == mine


def test_members_added_by_both_stay_where_they_were_put() -> None:
    assert order(merged(add(BASE, "X", 1), add(BASE, "Y", 4))) == "AXBCDY"
    assert order(merged(add(BASE, "X", 0), edit.delete(BASE, (*POLICY, "A")))) == "XBCD"


def test_one_reorders_the_other_changes() -> None:
    mine = edit.move(BASE, (*POLICY, "D"), 0)
    theirs = edit.update(BASE, (*POLICY, "B"), users=[])
    assert order(merged(mine, edit.delete(theirs, (*POLICY, "C")))) == "DAB"


@pytest.mark.parametrize(
    ("mine", "theirs", "said"),
    [
        (
            edit.update(BASE, ("listeners", "InboundMail"), port=26),
            edit.update(BASE, ("listeners", "InboundMail"), port=27),
            "listeners/InboundMail/port: 26 here, 27 in the running one",
        ),
        (
            edit.delete(BASE, ("smtp_routes", "a.example")),
            edit.update(BASE, ("smtp_routes", "a.example", "hosts", "1"), port=26),
            "smtp_routes/a.example: removed here, changed in the running one",
        ),
        (
            edit.move(BASE, (*POLICY, "D"), 0),
            edit.move(BASE, (*POLICY, "C"), 0),
            "incoming_policies: order changed here, order changed otherwise in the running one",
        ),
        (
            edit.update(BASE, ("log_subscriptions", "m"), passphrase="s3cret"),
            edit.update(BASE, ("log_subscriptions", "m"), passphrase="other"),
            "log_subscriptions/m/passphrase: ***** here, ***** in the running one",
        ),
    ],
)
def test_conflicts(mine: Config, theirs: Config, said: str) -> None:
    assert conflicts(mine, theirs) == [said]


def test_who_is_preferred_decides() -> None:
    mine = edit.update(BASE, (), hostname="m.example.com", dictionary_limit=120)
    theirs = edit.update(BASE, (), hostname="t.example.com", fips_mode=True)
    for prefer, hostname in (("mine", "m.example.com"), ("theirs", "t.example.com")):
        config = Merge(prefer).merge(BASE, mine, theirs)  # type: ignore[arg-type]
        assert (config.hostname, config.dictionary_limit, config.fips_mode) == (hostname, 120, True)


def test_valid_each_and_not_together() -> None:
    mine = edit.update(BASE, (), source_rules=[SourceRule(match="@a.example", interface_name="Data1")])
    theirs = edit.update(BASE, (), ip_interfaces=[])
    with pytest.raises(NotAcceptable, match="no ip_interface Data1"):
        Merge().merge(BASE, mine, theirs)


def test_changes_are_readable() -> None:
    table = "$OK ACCEPT {}\nALL $OK\n"
    new = edit.update(BASE, ("listeners", "InboundMail"), hat=table)
    new = edit.update(new, ("log_subscriptions", "m"), passphrase="s3cret")
    new = edit.delete(edit.move(new, (*POLICY, "D"), 0), ("smtp_routes", "a.example"))
    new = edit.add(new, ("users",), User(user_name="ann", role=Role.OPERATOR, password_hash="$6$a$b"))
    new = edit.add(new, ("dns", "servers"), DnsServer(ip="10.0.0.1", trusted=True))
    new = edit.update(new, ("alerts",), sender="a@b.example")
    assert diff.text(diff.changes(BASE, new)) == (
        "+ dns/servers/ip=10.0.0.1 trusted=yes\n"
        "+ users/ann: role=operator password_hash=*****\n"
        "~ listeners/InboundMail/hat:\n"
        "    -\n"
        "    +$OK ACCEPT {}\n"
        "    +ALL $OK\n"
        "- smtp_routes/a.example\n"
        "~ incoming_policies: order is now D, A, B, C\n"
        "~ log_subscriptions/m/passphrase: ***** -> *****\n"
        "~ alerts/sender: (empty) -> a@b.example\n"
    )
