"""The OVF environment: what was typed into the dialogue when the OVA was deployed (DMTF DSP0243 2.1.1).

A hypervisor hands it over as `ovf-env.xml` on a CD. Keys are those of `image/forms/ovf.py`, with the class `mailward`.
"""

from __future__ import annotations

import base64
import binascii
from ipaddress import ip_address, ip_interface
from typing import Any

from lxml import etree

from gateway.config.elements.roles import Role
from gateway.firstboot.errors import BadSeed
from gateway.firstboot.seed import ADMIN, Seed, SeedUser, key_lines

SOURCE = "OVF properties"
FILE = "ovf-env.xml"
LIMIT = 4 << 20  # octets
_NAMESPACE = "http://schemas.dmtf.org/ovf/environment/1"
_OE = f"{{{_NAMESPACE}}}"
_CLASS = "mailward."
_ADDRESS, _GATEWAY, _DNS = "network.address", "network.gateway", "network.dns"
_PASSWORD, _KEYS = "admin.password", "admin.authorized-keys"
_KNOWN = frozenset({"model", "hostname", "configuration", _PASSWORD, _KEYS, _ADDRESS, _GATEWAY, _DNS})


def parse_environment(text: bytes) -> Seed | None:
    """The seed; None if all our properties are empty. Raises BadSeed."""
    found = {key: value for key, value in _properties(text).items() if value}
    unknown = sorted(set(found) - _KNOWN)
    if unknown:
        raise _bad(f"it has the properties {', '.join(unknown)}; known are {', '.join(sorted(_KNOWN))}")
    if not set(found) - {"model"}:
        return None
    hashed = found.get(_PASSWORD, "")
    if hashed and not hashed.startswith("$"):
        raise _bad(f"{_PASSWORD} is not a hash; make one with `openssl passwd -6`")
    keys = key_lines(found.get(_KEYS, ""))
    try:
        configuration = base64.b64decode("".join(found.get("configuration", "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _bad("configuration is not base64; make it with `base64 -w0 config.xml`") from error
    users = (
        (SeedUser(ADMIN, Role.ADMINISTRATOR, password_hash=hashed, ssh_keys=keys),) if hashed or keys else ()
    )
    hostname = found.get("hostname", "")
    return Seed(
        SOURCE, configuration, hostname, users, _network(found, hostname), model=found.get("model", "")
    )


def _network(found: dict[str, str], hostname: str) -> dict[str, Any]:
    """Elements of the configuration; none where the dialogue leaves it to DHCP."""
    settings: dict[str, Any] = {}
    try:
        if address := found.get(_ADDRESS):
            whole = ip_interface(address)
            if "/" not in address:
                raise ValueError("has no prefix, such as 192.0.2.10/24")
            interface = {
                "interface_name": "Management",
                "port_name": "Management",
                f"ipv{whole.version}": str(whole.ip),
                f"ipv{whole.version}_prefix": whole.network.prefixlen,
                "hostname": hostname or "mailward.localdomain",
            }
            settings["ip_interfaces"] = [interface]
        if gateway := found.get(_GATEWAY):
            family = "default_gateway" if ip_address(gateway).version == 4 else "default_gateway_ipv6"
            settings["routing"] = {family: gateway}
        if servers := found.get(_DNS, "").replace(",", " ").split():
            settings["dns"] = {"servers": [{"ip": str(ip_address(server))} for server in servers]}
    except ValueError as error:
        raise _bad(f"network: {error}") from error
    return settings


def _properties(text: bytes) -> dict[str, str]:
    """Our properties by key without class. Those of other products are theirs."""
    if len(text) > LIMIT:
        raise _bad(f"{FILE} has more than {LIMIT >> 20} MB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise _bad(f"{FILE} is not well-formed XML: {error.msg}") from error
    info: Any = root.getroottree().docinfo
    if info.doctype:
        raise _bad(f"{FILE} has a document type, which an OVF environment never has")
    if root.tag != f"{_OE}Environment":
        raise _bad(f"{FILE} must be an <Environment> of {_NAMESPACE}")
    found: dict[str, str] = {}
    for section in root.findall(f"{_OE}PropertySection"):
        for element in section.findall(f"{_OE}Property"):
            key, value = element.get(f"{_OE}key"), element.get(f"{_OE}value")
            if key is None or value is None:
                raise _bad(f"line {element.sourceline} of {FILE}: a <Property> needs oe:key and oe:value")
            if not str(key).startswith(_CLASS):
                continue
            name = str(key).removeprefix(_CLASS)
            if name in found:
                raise _bad(f"it has the property {name} twice")
            found[name] = str(value).strip()
    return found


def _bad(why: str) -> BadSeed:
    return BadSeed(source=SOURCE, why=why)
