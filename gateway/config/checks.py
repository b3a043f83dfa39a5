"""What concerns several elements at once: names are there once, and what one element names is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.config.problems import Location
from gateway.config.shape import duplicates

if TYPE_CHECKING:
    from gateway.config.model import Config

Finding = tuple[Location, str]


def findings(config: Config) -> Iterator[Finding]:
    """Everything wrong with the whole: the place and the sentence."""
    yield from duplicates(config)
    yield from _references(config)
    count, limit = len(config.content_dictionaries), config.dictionary_limit
    if count > limit:
        yield ("content_dictionaries",), f"has {count} dictionaries, and dictionary_limit is {limit} (G12)"


def _references(config: Config) -> Iterator[Finding]:
    profiles = {profile.profile_name for profile in config.bounce_profiles} | {"Default"}
    certificates = {certificate.certificate_name for certificate in config.certificates}
    interfaces = {interface.interface_name for interface in config.ip_interfaces}
    listeners = {listener.listener_name for listener in config.listeners}
    for index, control in enumerate(config.destination_controls):
        place = ("destination_controls", index)
        who = f"destination_control {control.domain}"
        if control.bounce_profile and control.bounce_profile not in profiles:
            yield (*place, "bounce_profile"), f"{who}: no bounce profile {control.bounce_profile}"
        if control.certificate and control.certificate not in certificates:
            yield (*place, "certificate"), f"{who}: no certificate {control.certificate}"
    for index, listener in enumerate(config.listeners):
        name = listener.certificate
        if name and not name.startswith("/") and name not in certificates:
            text = f"listener {listener.listener_name}: no certificate {name}, and it is no path of a file"
            yield ("listeners", index, "certificate"), text
    for index, user in enumerate(config.smtp_auth_users):
        if unknown := set(user.listeners) - listeners:
            text = f"smtp_auth_user {user.user_name}: no listener {', '.join(sorted(unknown))}"
            yield ("smtp_auth_users", index, "listeners"), text
    for index, rule in enumerate(config.source_rules):
        if rule.interface_name not in interfaces:
            text = f"source_rule {rule.match}: no ip_interface {rule.interface_name}"
            yield ("source_rules", index, "interface_name"), text
    if config.ftp.certificate and config.ftp.certificate not in certificates:
        yield ("ftp", "certificate"), f"there is no certificate {config.ftp.certificate}"
