"""What all action plugins here have in common: Ansible's own connection as the transport to a console.

The console is no POSIX shell and runs no Python, so nothing can be copied there and started, as modules usually are.
The plugins run on the controller and send single console lines through whatever connection the host has (ssh, as a
rule, with all of its options).
"""

from __future__ import annotations

from typing import Any, ClassVar

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.action import ActionBase
from ansible_collections.mailward.appliance.plugins.plugin_utils.appliance import (
    Appliance,
    Refused,
    Said,
    Unreachable,
)


def appliance_behind(connection: Any) -> Appliance:
    """The appliance at the other end of a connection of Ansible's."""

    def transport(line: str) -> Said:
        try:
            # Without a terminal: sudoable asks for one, which turns line ends and mixes both streams.
            status, out, err = connection.exec_command(line, in_data=None, sudoable=False)
        except AnsibleConnectionFailure as error:
            raise Unreachable(str(error)) from error
        return Said(status, to_text(out), to_text(err))

    return Appliance(transport, connection.reset)


class ConsoleAction(ActionBase):
    """`SPEC` are the arguments, `RULES` what holds between them; `work` does it and returns the result."""

    SPEC: ClassVar[dict[str, Any]] = {}
    RULES: ClassVar[dict[str, Any]] = {}
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, given = self.validate_argument_spec(argument_spec=self.SPEC, **self.RULES)
        try:
            return result | self.work(appliance_behind(self._connection), given)
        except Refused as error:
            return result | error.result()
        except Unreachable as error:
            raise AnsibleConnectionFailure(str(error)) from error

    def work(self, appliance: Appliance, given: dict[str, Any]) -> dict[str, Any]:
        """Raises Refused, Unreachable."""
        raise NotImplementedError

    @property
    def check(self) -> bool:
        return bool(self._task.check_mode)

    @property
    def diff(self) -> bool:
        return bool(self._task.diff)
