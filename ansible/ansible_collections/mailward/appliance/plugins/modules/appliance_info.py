#!/usr/bin/python
# Documentation alone: the action plugin of the same name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: appliance_info
short_description: What an appliance says about itself
version_added: 14.2.3
description:
  - Version, state of the mail service, upgrades, slots, health and hardware, as the appliance's own documents.
  - Runs on the controller, which sends lines to the console of the appliance; nothing is copied there.
    Plays over appliances turn C(gather_facts) off.
options:
  gather:
    description: What to ask for.
    type: list
    elements: str
    choices: [version, status, upgrade, slots, health, hardware]
    default: [version, status, upgrade]
attributes:
  check_mode:
    description: Changes nothing, ever.
    support: full
author: Mailward (@mailward)
"""

EXAMPLES = r"""
- name: Which release runs where, and why
  mailward.appliance.appliance_info:
    gather: [version, upgrade]
  register: found

- name: Stop before anything starts if somebody upgrades already
  ansible.builtin.assert:
    that: not found.appliance.upgrade.under_way
"""

RETURN = r"""
appliance:
  description: A document for each word of O(gather); each is what the console prints with C(--json).
  returned: success
  type: dict
  sample: {"version": {"model": "C100V", "version": "14.2.3-031", "serial": "421C73AF2D9E", "uptime": 93780.0}}
"""
