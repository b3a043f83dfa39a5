"""Makes the running system follow the configuration: render, write what differs, tell whom it concerns, or undo it all.

`gateway.config.store` calls `apply` when the new file stands, and calls it the other way round if it raises.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from gateway.apply.errors import NotPossibleHere, StepFailed, UnitFailed
from gateway.apply.machine import Machine, model_ports, read_machine
from gateway.apply.plan import Plan, make_plan
from gateway.apply.programs import Programs, SystemPrograms
from gateway.apply.quotas import set_quotas
from gateway.apply.reactions import REACTIONS, Reaction
from gateway.apply.tree import Tree
from gateway.apply.writer import Writer, Written
from gateway.config.model import Config
from gateway.service.errors import NotRunning
from mailward.errors import MailwardError

_log = logging.getLogger(__name__)


class Service(Protocol):
    """The mail service, by its control socket (`gateway.service.client.ControlClient`)."""

    def ask(self, command: str, **arguments: Any) -> Any: ...


class LiveApplier:
    """An appliance that runs. Everything it touches is handed in."""

    def __init__(
        self,
        writer: Writer,
        programs: Programs,
        service: Service,
        machine: Callable[[Config], Machine],
        reactions: Sequence[Reaction] = REACTIONS,
        quotas: Callable[[Config], None] = set_quotas,
    ) -> None:
        self._writer = writer
        self._programs = programs
        self._service = service
        self._machine = machine
        self._reactions = reactions
        self._quotas = quotas

    def apply(self, old: Config | None, new: Config) -> None:
        """Make the system follow `new`. With `old` None nothing is believed about what it follows: all are told.

        Raises:
            NotPossibleHere: what `new` asks for and `old` did not is not possible on this machine; nothing was changed.
            StepFailed: a step did not work; files and services are as they were. Its cause has the program's words.
        """
        machine = self._machine(new)
        plan = make_plan(new, machine)
        self._refuse(plan, old, machine)
        try:
            written = self._writer.write(plan.tree)
        except OSError as error:
            raise StepFailed(
                step="system's files", why=str(error), advice="See whether /run is full"
            ) from error
        told: list[Reaction] = []
        paths = frozenset(plan.tree) if old is None else written.changed
        try:
            for reaction in self._reactions:
                if reaction.concerns(written.changed if reaction.disturbs else paths):
                    told.append(reaction)
                    self._tell(reaction, written)
            if old is None or old.disk_quotas != new.disk_quotas:
                self._quotas(new)
            self._reload(old, new)
        except StepFailed:
            self._undo(written, plan.tree, told)
            raise

    def _refuse(self, plan: Plan, old: Config | None, machine: Machine) -> None:
        """Not for what was so before: a machine that lost a card can still be given another name."""
        before = make_plan(old, machine).problems if old and plan.problems else ()
        fresh = [problem for problem in plan.problems if problem not in before]
        if old is None:
            for problem in fresh:
                _log.warning("%s", problem)
        elif fresh:
            raise NotPossibleHere(problems="; ".join(fresh))

    def _tell(self, reaction: Reaction, written: Written) -> None:
        try:
            for words in reaction.commands(written.before):
                self._programs.run(words)
        except UnitFailed as error:
            raise StepFailed(step=reaction.step, why=str(error), advice=reaction.advice) from error

    def _reload(self, old: Config | None, new: Config) -> None:
        """A mail service that does not run reads the configuration when it starts."""
        if old == new:
            return
        try:
            self._service.ask("reload")
        except NotRunning as error:
            _log.info("the mail service was not told: %s", error)
        except MailwardError as error:
            advice = error.hint() or "See the mail logs"
            raise StepFailed(step="mail service", why=error.explain(), advice=advice) from error

    def _undo(self, written: Written, tree: Tree, told: Sequence[Reaction]) -> None:
        """The files as they were, and whoever was told is told again. What fails now is in the journal."""
        self._writer.restore(written)
        back = Written({path: tree.get(path) for path in written.before})
        for reaction in told:
            try:
                self._tell(reaction, back)
            except StepFailed as error:
                _log.error("while putting back the old configuration: %s", error.explain())


def apply_at_boot(config: Config, writer: Writer, programs: Programs, machine: Machine) -> tuple[str, ...]:
    """Write everything, before the services that read it start. What cannot be done is answered, and the rest is done:
    an appliance with half a network can still be reached. Raises OSError.
    """
    plan = make_plan(config, machine)
    problems = list(plan.problems)
    written = writer.write(plan.tree)
    for reaction in REACTIONS:
        if reaction.at_boot and reaction.concerns(written.changed):
            try:
                for words in reaction.commands(written.before):
                    programs.run(_not_waiting(words))
            except UnitFailed as error:
                problems.append(f"the {reaction.step} cannot be set: {error}")
    return tuple(problems)


def _not_waiting(words: Sequence[str]) -> Sequence[str]:
    """What we wait for at a start may be waiting for us."""
    return (words[0], "--no-block", *words[1:]) if words[0] == "systemctl" else words


def settled_machine(config: Config, root: Path, programs: Programs) -> Machine:
    """The machine, with all its cards if the configuration needs to tell them apart: at boot they come one by one."""
    if not any(interface.port_name for interface in config.ip_interfaces):
        return read_machine(root)
    programs.run(("-udevadm", "settle", "--timeout=10"))
    return read_machine(root, model_ports())


def live_applier(root: Path = Path("/")) -> LiveApplier:
    """The one of this appliance."""
    from gateway.service.client import ControlClient

    programs = SystemPrograms()
    return LiveApplier(
        Writer(root), programs, ControlClient(), lambda config: settled_machine(config, root, programs)
    )
