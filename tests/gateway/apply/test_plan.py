"""What configurations are rendered to, word for word: `site.golden` is read by people when it changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.apply.errors import HasControlCharacter
from gateway.apply.plan import Plan, make_plan
from gateway.apply.templates import clean
from gateway.apply.tree import File, Folder, Link
from gateway.config import xml
from tests.gateway.apply.made import HERE, MACHINE, SMALL, config, interface, site

FACTORY = Path("image/definitions/mkosi.extra/usr/share/mailward/config.xml")


def spelled(plan: Plan) -> str:
    """A plan as text: each path with mode, owner and content."""
    lines: list[str] = []
    for path, node in sorted(plan.tree.items()):
        match node:
            case File(content, mode, owner, group):
                lines += [f"=== {path} {mode:04o} {owner}:{group}", content.decode().rstrip("\n")]
            case Link(target):
                lines.append(f"=== {path} -> {target}")
            case Folder(mode, owner, group):
                lines.append(f"=== {path}/ {mode:04o} {owner}:{group}")
    return "\n".join([*lines, *(f"!!! {problem}" for problem in plan.problems)]) + "\n"


def test_a_whole_site() -> None:
    """A1, A8. After a change that is meant: GOLDEN=write pytest, and read the difference."""
    golden = HERE / "site.golden"
    found = spelled(make_plan(site(), MACHINE))
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(found)
    assert found == golden.read_text()


def test_as_it_comes_out_of_the_box_every_port_asks_dhcp() -> None:
    """Nothing of ours stands in the way of the release's own file for networkd."""
    plan = make_plan(xml.load(FACTORY), MACHINE)
    assert plan.problems == ()
    assert not [path for path in plan.tree if "/network/" in path or "ftp" in path or "resolved" in path]
    assert "/run/userdb/admin.user" in plan.tree


def test_the_same_in_gives_the_same_out() -> None:
    assert make_plan(site(), MACHINE).tree == make_plan(site(), MACHINE).tree


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "\x00", "\x7f"])
def test_no_value_begins_a_line_of_its_own(value: str) -> None:
    with pytest.raises(HasControlCharacter):
        clean(value)


def test_an_address_with_a_line_in_its_zone_is_refused() -> None:
    """`ipaddress` takes any text behind the percent sign."""
    evil = "fe80::1%eth0\n[Network]\nDHCP=yes"
    for elements in (
        {"ip_interfaces": [interface(ipv6=evil)]},
        {"dns": {"servers": [{"ip": evil}]}},
        {"ip_interfaces": [interface(ipv6="fe80::9")], "routing": {"default_gateway_ipv6": evil}},
    ):
        with pytest.raises((HasControlCharacter, ValueError)):
            make_plan(config(**elements), MACHINE)


def test_authorities_of_release_and_site() -> None:
    path = "/run/mailward-config/ca-certificates.crt"
    assert make_plan(SMALL, MACHINE).tree[path] == Link("/etc/ssl/certs/ca-certificates.crt")
    own = "/configuration/authority.pem"
    both = make_plan(config(certificate_authorities={"authorities": [own]}), MACHINE).tree[path]
    assert isinstance(both, File) and both.content.startswith(b"-----RELEASE-----\n")
    alone = make_plan(config(certificate_authorities={"system": False}), MACHINE).tree[path]
    assert isinstance(alone, File) and alone.content == b""


def test_a_name_the_kernel_cannot_carry_is_cut_at_the_dot() -> None:
    long = ".".join(["mx", "a" * 40, "b" * 40, "example"])
    node = make_plan(config(hostname=long), MACHINE).tree["/run/mailward-config/hostname"]
    assert isinstance(node, File) and node.content == b"mx\n"


def test_a_clock_that_is_set_by_hand() -> None:
    tree = make_plan(config(time={"ntp": False, "ntp_servers": ["192.0.2.1"]}), MACHINE).tree
    assert "/run/mailward-config/no-ntp" in tree
    assert not [path for path in tree if "timesyncd" in path]
