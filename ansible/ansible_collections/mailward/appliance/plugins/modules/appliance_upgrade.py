#!/usr/bin/python
# Documentation alone: the action plugin of the same name does the work, on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: appliance_upgrade
short_description: Upgrade an appliance to a release
version_added: 14.2.3
description:
  - Looks what is in the way, starts the upgrade, waits over the reboot, and fails unless the appliance says that the
    new release was found well and stays. A release that is not well is left again by the appliance itself.
  - An upgrade to the same release that is under way already is waited for, so a play may be run again at any time.
  - Runs on the controller, which sends lines to the console of the appliance; nothing is copied there.
    Plays over appliances turn C(gather_facts) off.
options:
  to:
    description: Version of the release.
    type: str
    required: true
  phase:
    description:
      - V(plan) returns the chain of upgrades. V(preflight) fails if a check blocks. V(download) fetches the release.
        V(run) does all of it.
    type: str
    choices: [plan, preflight, download, run]
    default: run
  source:
    description: Where releases come from. Without it, what C(updateconfig) says on the appliance.
    type: str
  delay:
    description: Seconds open connections have, and seconds before the reboot. Without it the appliance's default.
    type: int
  drain:
    description: Seconds the work queue has to become empty. Without it the appliance's default.
    type: int
  deadline:
    description: Seconds the new release has to be well. Without it the appliance's default.
    type: int
  stability:
    description: Seconds of these that have to be without a fault. Without it the appliance's default.
    type: int
  force:
    description: Try a release again that was rolled back on this appliance.
    type: bool
    default: false
  confirmed:
    description: Fibre ports whose switch somebody looked at, so that LLDP is known to be off.
    type: list
    elements: str
    default: []
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
    description: Runs the checks of the upgrade, and fails if one blocks.
    support: full
author: Mailward (@mailward)
"""

EXAMPLES = r"""
- name: Have the release on the appliance before the night
  mailward.appliance.appliance_upgrade:
    to: 14.2.3-031
    phase: download

- name: Upgrade
  mailward.appliance.appliance_upgrade:
    to: 14.2.3-031
"""

RETURN = r"""
plan:
  description: The chain of upgrades, as C(upgrade plan) prints it.
  returned: with O(phase=plan)
  type: dict
  sample: {"hops": []}
preflight:
  description: The checks, as C(upgrade preflight) prints them.
  returned: when they were made
  type: dict
  sample: {"verdict": "pass", "checks": []}
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
