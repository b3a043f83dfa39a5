"""LLDP agents that run as programs on this machine: lldpd, lldpad, systemd-networkd.

The image runs none of them by default; a site may. Each is asked through its own tool with a deadline; what
does not run is `none`. Only sending is switched: to hear the switch does it no harm.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hwmgmt.net.fwagent import Agent
from hwmgmt.program import Finished, Runner, run
from hwmgmt.reading import Reading, Reason, failed, known, missing, read_text, under

#: Seconds for one call of a tool.
TOOL_DEADLINE = 5.0


class HostAgent(Protocol):
    """A program that sends LLDP."""

    @property
    def name(self) -> str: ...
    def state(self, port: str, index: int, /) -> Reading[Agent]:
        """Whether it sends on the port (kernel index `index`)."""
        ...

    def switch(self, port: str, index: int, /, *, on: bool) -> Reading[Agent]:
        """Switch sending; the reading is the state found afterwards."""
        ...


@dataclass(frozen=True)
class Lldpd:
    """lldpd of the Debian package, through lldpcli. `socket` is its control socket."""

    run: Runner = run
    socket: str = "/run/lldpd.socket"
    name: str = "lldpd"

    def _call(self, *words: str) -> Reading[Finished]:
        return self.run(("lldpcli", "-u", self.socket, *words), deadline=TOOL_DEADLINE)

    def state(self, port: str, index: int, /) -> Reading[Agent]:
        answer = self._call("-f", "json0", "show", "interfaces", "ports", port)
        if answer.value is None:
            return _not_there(answer)
        if answer.value.status:
            if "unable to connect" in answer.value.complaint:
                return known(Agent.NONE, detail="lldpd does not run")
            return missing(Reason.MALFORMED, answer.value.complaint or "lldpcli failed")
        return parse_lldpcli(answer.value.output, port)

    def switch(self, port: str, index: int, /, *, on: bool) -> Reading[Agent]:
        status = "rx-and-tx" if on else "rx-only"
        answer = self._call("configure", "ports", port, "lldp", "status", status)
        if answer.value is not None and answer.value.status:
            return missing(Reason.MALFORMED, answer.value.complaint or "lldpcli failed")
        return self.state(port, index)


def parse_lldpcli(output: str, port: str) -> Reading[Agent]:
    """Whether lldpd sends, of `lldpcli -f json0 show interfaces`; a port it does not manage is off."""
    try:
        interfaces = json.loads(output)["lldp"][0].get("interface", [])
        mine = [one for one in interfaces if one["name"] == port]
        status = mine[0]["status"][0]["value"] if mine else "not managed"
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return missing(Reason.MALFORMED, f"lldpcli printed no status of {port}: {error!r}")
    return known(Agent.ON if "TX" in status else Agent.OFF, detail=f"lldpd: {status}")


@dataclass(frozen=True)
class Lldpad:
    """lldpad, through lldptool."""

    run: Runner = run
    name: str = "lldpad"

    def state(self, port: str, index: int, /) -> Reading[Agent]:
        answer = self.run(("lldptool", "-l", "-i", port, "adminStatus"), deadline=TOOL_DEADLINE)
        if answer.value is None:
            return _not_there(answer)
        text = f"{answer.value.output} {answer.value.complaint}".strip()
        if "Failed to connect" in text:
            return known(Agent.NONE, detail="lldpad does not run")
        if "Device not found" in text:
            return known(Agent.OFF, detail="lldpad: not managed")
        status = answer.value.output.strip().removeprefix("adminStatus=")
        if status in ("rxtx", "tx", "rx", "disabled"):
            return known(Agent.ON if "tx" in status else Agent.OFF, detail=f"lldpad: {status}")
        return missing(Reason.MALFORMED, f"lldptool printed {text[:80]!r}")

    def switch(self, port: str, index: int, /, *, on: bool) -> Reading[Agent]:
        status = "adminStatus=rxtx" if on else "adminStatus=rx"
        answer = self.run(("lldptool", "-L", "-i", port, status), deadline=TOOL_DEADLINE)
        if answer.value is not None and answer.value.status:
            return missing(Reason.MALFORMED, answer.value.complaint or "lldptool failed")
        return self.state(port, index)


@dataclass(frozen=True)
class Networkd:
    """systemd-networkd: EmitLLDP= of the .network file that it says it uses for the port.

    Its own folders below /usr and /etc are never written: a drop-in goes below /run, and networkd reloads.
    """

    root: Path = Path("/")
    run: Runner = run
    name: str = "systemd-networkd"

    def _file(self, index: int) -> str:
        state = read_text(self.root, f"run/systemd/netif/links/{index}").otherwise("")
        fields = dict(line.split("=", 1) for line in state.splitlines() if "=" in line)
        return fields.get("NETWORK_FILE", "")

    def _drop_in(self, network_file: str) -> Path:
        folder = under(self.root, f"run/systemd/network/{Path(network_file).name}.d")
        return folder / "90-mailward-lldp.conf"

    def state(self, port: str, index: int, /) -> Reading[Agent]:
        file = self._file(index)
        if not file:
            return known(Agent.NONE, detail="systemd-networkd does not manage the port")
        value = "no"
        for place in (Path(file), *self._drop_ins(file)):
            value = parse_emit_lldp(read_text(self.root, place).otherwise(""), value)
        # no is the default; the others name the multicast address to send to (systemd.network(5)).
        off = value.lower() in ("no", "false", "off", "0", "n", "f")
        return known(Agent.OFF if off else Agent.ON, detail=f"systemd-networkd: EmitLLDP={value}")

    def _drop_ins(self, file: str) -> Sequence[Path]:
        """By file name, those below /etc hiding those below /run and /usr of the same name."""
        found: dict[str, Path] = {}
        for folder in ("usr/lib", "run", "etc"):
            place = under(self.root, f"{folder}/systemd/network/{Path(file).name}.d")
            found |= {path.name: path for path in sorted(place.glob("*.conf"))}
        return [found[name].relative_to(self.root) for name in sorted(found)]

    def switch(self, port: str, index: int, /, *, on: bool) -> Reading[Agent]:
        file = self._file(index)
        if not file:
            return self.state(port, index)
        drop_in = self._drop_in(file)
        try:
            if on:
                drop_in.unlink(missing_ok=True)
            else:
                drop_in.parent.mkdir(parents=True, exist_ok=True)
                drop_in.write_text("# by mailward hw lldp disable\n[Network]\nEmitLLDP=no\n")
        except OSError as error:
            return failed(error, drop_in)
        answer = self.run(("networkctl", "reload"), deadline=TOOL_DEADLINE)
        if answer.value is None or answer.value.status:
            why = answer.detail if answer.value is None else answer.value.complaint
            return missing(Reason.MALFORMED, f"networkctl reload: {why}")
        return self.state(port, index)


def parse_emit_lldp(text: str, otherwise: str) -> str:
    """EmitLLDP= of the [Network] section, the last one counting; `otherwise` if it is not set."""
    section, value = "", otherwise
    for line in text.splitlines():
        words = line.strip()
        if words.startswith("["):
            section = words
        name, equals, rest = words.partition("=")
        if section == "[Network]" and equals and name.strip() == "EmitLLDP":
            value = rest.strip() or "no"
    return value


def _not_there(answer: Reading[Finished]) -> Reading[Agent]:
    """A tool that is not installed has no daemon to ask."""
    if answer.reason is Reason.ABSENT:
        return known(Agent.NONE, detail=answer.detail)
    return missing(answer.reason, answer.detail)


def host_agents(root: Path = Path("/")) -> tuple[HostAgent, ...]:
    """The agents this appliance knows."""
    return (Lldpd(), Lldpad(), Networkd(root))
