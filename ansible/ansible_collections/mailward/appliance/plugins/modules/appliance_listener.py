#!/usr/bin/python
# Documentation alone: the action plugin of the same name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: appliance_listener
short_description: Suspend or resume listeners
version_added: 14.2.3
description:
  - A suspended listener answers new connections with 421, over a reboot too. Delivery goes on.
  - Runs on the controller, which sends lines to the console of the appliance; nothing is copied there.
    Plays over appliances turn C(gather_facts) off.
options:
  state:
    description: What they should be.
    type: str
    choices: [suspended, resumed]
    required: true
  listeners:
    description: Their names. All, if none is named.
    type: list
    elements: str
    default: []
  delay:
    description: Seconds that open connections may go on when a listener is suspended.
    type: int
    default: 30
attributes:
  check_mode:
    description: Says whether something would change.
    support: full
  diff_mode:
    description: Suspended listeners before and after.
    support: full
author: Mailward (@mailward)
"""

EXAMPLES = r"""
- name: Take no mail on this member
  mailward.appliance.appliance_listener:
    state: suspended
    delay: 60

- name: Take mail again on one listener
  mailward.appliance.appliance_listener:
    state: resumed
    listeners: [InboundMail]
"""

RETURN = r"""
suspended_listeners:
  description: Those that are suspended now; V(*) is all of them. In check mode, those that are.
  returned: success
  type: list
  elements: str
  sample: ["*"]
"""
