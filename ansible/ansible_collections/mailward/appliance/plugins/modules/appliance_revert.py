#!/usr/bin/python
# Documentation alone: the action plugin of the same name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: appliance_revert
short_description: Go back to the release in the other slot
version_added: 14.2.3
description:
  - One reboot; queue, quarantines, logs and tracking stay. Fails unless the appliance says that the release of before
    was found well and stays.
  - Runs on the controller, which sends lines to the console of the appliance; nothing is copied there.
    Plays over appliances turn C(gather_facts) off.
options:
  leave:
    description: The version to go back from. Where another one runs nothing is done, so a second call does not go
      forth again.
    type: str
    required: true
  wait:
    description: Wait over the reboot until the appliance says how it ended. A broken connection is waited out.
    type: bool
    default: true
  timeout:
    description: Seconds to wait for the end after the reboot has begun.
    type: int
    default: 3600
  poll:
    description: Seconds between two looks.
    type: int
    default: 10
attributes:
  check_mode:
    description: Says whether it would go back.
    support: full
author: Mailward (@mailward)
"""

EXAMPLES = r"""
- name: Leave the release that disappointed
  mailward.appliance.appliance_revert:
    leave: 14.2.3-031
"""

RETURN = r"""
running:
  description: The release that runs at the end.
  returned: success
  type: str
  sample: 14.2.3-031
attempt:
  description:
    - The attempt as C(upgrade status) has it, C(outcome), C(reason) and C(steps) among it, with C(down_time), the
      seconds the listeners took no mail, and C(why) this version runs.
  returned: when its end was waited for
  type: dict
  sample: {"from": "14.2.3-027", "to": "14.2.3-031", "outcome": "committed", "reason": "", "down_time": 74.0}
"""
