import pytest

from gateway.config import edit
from gateway.config.elements.administration import User
from gateway.config.elements.delivery import RouteHost, SmtpRoute, SourceRule
from gateway.config.elements.policies import MailPolicy
from gateway.config.elements.resources import ContentDictionary
from gateway.config.errors import NoSuchElement, NotAcceptable
from gateway.config.model import Config
from tests.gateway.config.made import BEGIN


def route(domain: str) -> SmtpRoute:
    return SmtpRoute(domain=domain, hosts=[RouteHost(hostname="10.0.0.1")])


ROUTES = edit.update(BEGIN, (), smtp_routes=[route("a.example"), route("b.example")])
POLICIES = edit.update(BEGIN, (), incoming_policies=[MailPolicy(policy_name=name) for name in "ABC"])


def names(config: Config) -> str:
    return "".join(policy.policy_name for policy in config.incoming_policies)


def test_what_is_added_is_found_by_its_key() -> None:
    config = edit.add(ROUTES, ("smtp_routes",), route("c.example"))
    assert [one.domain for one in config.smtp_routes] == ["a.example", "b.example", "c.example"]
    assert edit.get(config, ("smtp_routes", "c.example", "hosts", "1", "port")) == 25
    assert len(ROUTES.smtp_routes) == 2  # the one before is as it was


def test_update_delete_replace() -> None:
    config = edit.update(ROUTES, ("smtp_routes", "b.example"), use="USEDNS", hosts=[])
    assert config.smtp_routes[1].use == "USEDNS"
    config = edit.delete(config, ("smtp_routes", "a.example"))
    assert [one.domain for one in config.smtp_routes] == ["b.example"]
    config = edit.replace(config, ("smtp_routes", "b.example"), route("z.example"))
    assert [one.domain for one in config.smtp_routes] == ["z.example"]
    config = edit.update(config, ("smtp_routes", "z.example", "hosts", "1"), port=26)
    assert config.smtp_routes[0].hosts[0].port == 26
    assert edit.put(config, ("dns", "deadline"), 5).dns.deadline == 5
    assert edit.update(config, ("dns",), deadline=7).dns.deadline == 7


def test_order_is_a_setting() -> None:
    assert names(edit.move(POLICIES, ("incoming_policies", "C"), 0)) == "CAB"
    assert names(edit.move(POLICIES, ("incoming_policies", "A"), 2)) == "BCA"
    assert names(edit.add(POLICIES, ("incoming_policies",), MailPolicy(policy_name="X"), at=1)) == "AXBC"


@pytest.mark.parametrize(
    "path",
    [
        ("nothing",),
        ("smtp_routes", "c.example"),
        ("smtp_routes", "a.example", "nothing"),
        ("hostname", "deeper"),
        ("dns", "servers", "1"),
        (),
    ],
)
def test_what_is_not_there_is_said(path: tuple[str, ...]) -> None:
    with pytest.raises(NoSuchElement) as caught:
        edit.put(ROUTES, path, "x")
    assert str(caught.value) == f"The configuration has no {'/'.join(path)}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda: edit.update(BEGIN, ("listeners", "InboundMail"), port=0),
            "This cannot be set: <listeners/InboundMail/port> is wrong: "
            "input should be greater than or equal to 1 (it is 0)",
        ),
        (
            lambda: edit.add(ROUTES, ("smtp_routes",), route("A.example")),
            "This cannot be set: <smtp_routes/3/domain> smtp_route a.example is there twice",
        ),
        (
            lambda: edit.update(
                BEGIN, (), source_rules=[SourceRule(match="@x.example", interface_name="Data1")]
            ),
            "This cannot be set: <source_rules/1/interface_name> source_rule @x.example: no ip_interface Data1",
        ),
        (
            lambda: edit.update(BEGIN, (), hostnam="x"),
            "This cannot be set: <hostnam> is wrong: extra inputs are not permitted (it is 'x')",
        ),
        (
            lambda: edit.update(
                BEGIN,
                (),
                dictionary_limit=1,
                content_dictionaries=[ContentDictionary(dictionary_name=name) for name in ("a", "b")],
            ),
            "This cannot be set: <content_dictionaries> has 2 dictionaries, and dictionary_limit is 1 (G12)",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(change: object, said: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        change()  # type: ignore[operator]
    assert str(caught.value) == said


def test_a_password_that_should_be_a_hash_is_not_repeated() -> None:
    config = edit.add(BEGIN, ("users",), User(user_name="ann"))
    with pytest.raises(NotAcceptable) as caught:
        edit.update(config, ("users", "ann"), password_hash="s3cret")
    assert "s3cret" not in str(caught.value)
