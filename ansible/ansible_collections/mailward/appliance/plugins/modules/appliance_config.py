#!/usr/bin/python
# Documentation alone: the action plugin of the same name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: appliance_config
short_description: Load a configuration and commit it
version_added: 14.2.3
description:
  - Makes a configuration the candidate of the user Ansible logs in as, and commits it if anything is different from
    what runs. The appliance says whether it is, passwords included.
  - What the appliance refuses is refused whole. If the commit is refused, the candidate is dropped.
  - Runs on the controller, which sends lines to the console of the appliance; nothing is copied there.
    Plays over appliances turn C(gather_facts) off.
options:
  config:
    description:
      - The configuration, as XML. Together with the rest of the command line at most 64 Ki characters.
      - It is part of the command line, which the appliance writes to its journal. What has passwords in it should lie
        on the appliance and be named with O(file).
    type: str
  file:
    description: Name of a configuration in C(/configuration) on the appliance.
    type: str
  partial:
    description: Only some sections are there; the others stay as they run.
    type: bool
    default: false
  network:
    description:
      - Whose network settings count, those of the machine or those of the configuration. A configuration that has
        some and was not saved on this machine is refused without it.
    type: str
    choices: [keep, take]
  comment:
    description: Kept with the revision, for C(rollbackconfig).
    type: str
    default: Ansible
  commit:
    description: Without it the changes stay the user's candidate, for somebody to look at.
    type: bool
    default: true
  confirm:
    description:
      - Seconds after which the appliance takes the commit back, unless Ansible can log in anew and confirm it.
        C(0) for never.
    type: int
    default: 0
  pending:
    description: What to do if this user has changes that were never committed. V(clear) drops them.
    type: str
    choices: [refuse, clear]
    default: refuse
attributes:
  check_mode:
    description: Loads the candidate, so that the appliance checks it, and drops it again.
    support: full
  diff_mode:
    description: The configuration before and after, passwords masked.
    support: full
author: Mailward (@mailward)
"""

EXAMPLES = r"""
- name: Routes of this site
  mailward.appliance.appliance_config:
    config: "{{ lookup('ansible.builtin.template', 'routes.xml.j2') }}"
    partial: true
    comment: "Route to the mail store"

- name: A whole configuration, taken back unless we can still log in
  mailward.appliance.appliance_config:
    file: C190-FCH1234-20230822T101010.xml
    network: keep
    confirm: 120
"""

RETURN = r"""
revision:
  description: Number of the configuration that runs now.
  returned: when something was committed
  type: int
  sample: 12
changes:
  description: Places that are different, as C(config diff) names them.
  returned: when something was committed
  type: list
  elements: str
  sample: [smtp_routes/example.com]
notices:
  description: What the appliance adjusted while it loaded.
  returned: success
  type: list
  elements: str
  sample: []
"""
