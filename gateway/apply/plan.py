"""The whole of what a configuration is rendered to on this machine. Pure: the same in, the same out."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.apply.machine import Machine
from gateway.apply.network import render_network
from gateway.apply.people import render_people
from gateway.apply.services import AUTHORITIES, render_authorities, render_ftp, render_services
from gateway.apply.sshd import render_sshd
from gateway.apply.tree import Node
from gateway.config.model import Config


@dataclass(frozen=True, slots=True)
class Plan:
    """Files by path, and sentences about what this machine cannot do of the configuration."""

    tree: dict[str, Node]
    problems: tuple[str, ...]


def make_plan(config: Config, machine: Machine) -> Plan:
    """Raises HasControlCharacter."""
    network, problems = render_network(config, machine)
    persons, twins = render_people(config, machine)
    ssh, unsaid = render_sshd(config)
    tree = {
        **network,
        **persons,
        **ssh,
        **render_services(config),
        **render_ftp(config, machine),
        AUTHORITIES: render_authorities(config, machine),
    }
    return Plan(tree, (*problems, *twins, *unsaid))
