#!/usr/bin/env python3
"""A small appliance: it speaks the batch console, keeps its state in a file, and breaks as it is told to.

As a program it stands in for ssh (`ansible_ssh_executable`): the host's name is the file of its state in the folder
that MAILWARD_SIMULATED names. It knows the commands the collection uses, with the documents, errors and exit statuses
that docs/console.md and docs/upgrade.md tell. Only the standard library, so that it starts fast.

Faults, each in `faults` of the state:
    unreachable: so many of the next calls find nobody.
    preflight: the check of this name blocks.
    drop-run: the line breaks in the middle of `upgrade run`, before its answer.
    never-begins: `upgrade run` breaks the line, and nothing was begun.
    run-fails: the upgrade fails before its reboot, for this reason.
    rolls-back: the new release is not well, for this reason.
    commit: `commit` is refused: others changed the same.
    noise: what the console says instead of anything.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

LOST = 255  # what ssh ends with when it has no connection
Words = list[str]


class No(Exception):
    """An error of the console."""

    def __init__(self, status: int, key: str, message: str, remedy: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.document = {"error": key, "message": message, "remedy": remedy, "fields": fields}


class Lost(Exception):
    """The line breaks."""


def new(version: str = "14.2.3-027", **faults: Any) -> dict[str, Any]:
    """The state of an appliance that was just set up."""
    return {
        "version": version,
        "other": "14.2.3-020",
        "config": "<config>\n  <hostname>mx.example.com</hostname>\n</config>\n",
        "candidate": None,
        "revision": 1,
        "confirming": False,
        "listeners": ["InboundMail", "OutboundMail"],
        "suspended": [],
        "attempts": [],
        "under_way": None,
        "polls": 0,
        "downloaded": [],
        "calls": [],
        "faults": faults,
    }


class Simulated:
    """One appliance. `polls` is how often an upgrade is looked at until it has ended."""

    def __init__(self, state: dict[str, Any], polls: int = 2) -> None:
        self.state = state
        self.faults: dict[str, Any] = state["faults"]
        self.polls = polls

    def call(self, line: str) -> tuple[int, str, str]:
        """Exit status, standard output and standard error of one command line."""
        self.state["calls"].append(line)
        if self.faults.get("unreachable", 0) > 0:
            self.faults["unreachable"] -= 1
            return LOST, "", "ssh: connect to host: Connection refused\n"
        if noise := self.faults.get("noise"):
            return 1, noise, ""
        words = [word for word in shlex.split(line) if word != "--json"]
        try:
            return 0, json.dumps(self._run(words), indent=2) + "\n", ""
        except No as error:
            return error.status, json.dumps(error.document, indent=2) + "\n", ""
        except Lost:
            return LOST, "", "Connection to host closed by remote host.\n"

    def _run(self, words: Words) -> Any:
        name = "_".join(words[:2]) if words[0] == "upgrade" else words[0]
        command = getattr(self, f"do_{name}", None)
        if command is None:
            raise No(2, "console.unknown-command", f"Unknown command: {words[0]}")
        return command(words[2:] if words[0] == "upgrade" else words[1:])

    # The machine and its mail

    def do_version(self, words: Words) -> Any:
        return {
            "model": "C100V",
            "version": self.state["version"],
            "serial": "421C73AF2D9E",
            "uptime": 93_780.0,
        }

    def do_status(self, words: Words) -> Any:
        return {"suspended_listeners": self.state["suspended"], "delivery_suspended": False, "messages": 3}

    def do_suspendlistener(self, words: Words) -> Any:
        names = self._listeners(words)
        self.state["suspended"] = sorted({*self.state["suspended"], *names}) if names else ["*"]
        return self.do_status([])

    def do_resumelistener(self, words: Words) -> Any:
        names = self._listeners(words)
        now = self.state["listeners"] if "*" in self.state["suspended"] else self.state["suspended"]
        self.state["suspended"] = [name for name in now if names and name not in names]
        return self.do_status([])

    def _listeners(self, words: Words) -> list[str]:
        given = _named(words).get("listeners", "")
        names = given.split(",") if given else []
        for name in names:
            if name not in self.state["listeners"]:
                raise No(
                    2, "console.bad-answer", f"listeners is not valid: there is no {name}", name="listeners"
                )
        return names

    # The configuration

    def do_showconfig(self, words: Words) -> Any:
        text = self.state["candidate"] or self.state["config"]
        masked = re.sub(r"<passphrase>.*?</passphrase>", "<passphrase>*****</passphrase>", text)
        # A time of its own each time, as on an appliance.
        return {"xml": f"<!--\n  Current Time: {len(self.state['calls'])}\n-->\n{masked}"}

    def do_loadconfig(self, words: Words) -> Any:
        given = _named(words)
        text = given.get("text", "")
        if given["how"] == "file":
            text = f"<config>\n  <hostname>{given['file'].removesuffix('.xml')}</hostname>\n</config>\n"
        if not text.rstrip().endswith("</config>"):
            raise No(
                2,
                "config.unusable",
                "The configuration text is not usable: line 1",
                "Correct the lines named",
            )
        if "<hostname>" in text and "network" not in given and given["how"] == "paste":
            raise No(
                2,
                "config.network-question",
                "The file is of a machine it does not name",
                "`--network keep` or `take`",
            )
        self.state["candidate"] = text
        return {"loaded": given.get("file", "text"), "notices": []}

    def _pending(self) -> int:
        return int(self.state["candidate"] not in (None, self.state["config"]))

    def do_clear(self, words: Words) -> Any:
        found = self._pending()
        if found and "--yes" not in words:
            raise No(3, "console.not-confirmed", "Not done, because nobody confirmed it", "Add --yes")
        self.state["candidate"] = None
        return {"cleared": found}

    def do_commit(self, words: Words) -> Any:
        if words == ["confirm"] and self.state["confirming"]:
            self.state["confirming"] = False
            return {"confirmed": True, "user": "admin"}
        if not self._pending():
            return {"committed": False}
        if self.faults.get("commit"):
            raise No(
                3, "config.conflict", "Others changed what you changed: hostname", "`config merge` decides"
            )
        self.state.update(config=self.state["candidate"], candidate=None, revision=self.state["revision"] + 1)
        seconds = int(_named(words).get("confirm", "0"))
        self.state["confirming"] = bool(seconds)
        done = {"committed": True, "revision": self.state["revision"], "changes": ["hostname"]}
        return done | ({"confirm_within": seconds} if seconds else {})

    # Upgrades

    def do_upgrade_plan(self, words: Words) -> Any:
        given = _options(words)
        return {"hops": [{"from": given["from"], "to": given["to"], "reboot": True}]}

    def do_upgrade_preflight(self, words: Words) -> Any:
        block = self.faults.get("preflight")
        check = {
            "id": block or "path",
            "severity": "block" if block else "pass",
            "known": True,
            "finding": f"{block} is in the way" if block else "it can be installed",
            "remedy": "Put it right." if block else "",
        }
        # Over the console a report is an answer, whatever it says: exit status 0.
        return {
            "from": self.state["version"],
            "to": _options(words)["to"],
            "verdict": "block" if block else "pass",
            "checks": [check],
        }

    def do_upgrade_available(self, words: Words) -> Any:
        done = self.state["downloaded"]
        return [{"version": "14.2.3-031", "size": 9, "fetched": 0, "complete": "14.2.3-031" in done}]

    def do_upgrade_download(self, words: Words) -> Any:
        self.state["downloaded"].append(words[0])
        return {"version": words[0], "folder": f"/var/lib/mailward/upgrade/releases/{words[0]}"}

    def do_upgrade_run(self, words: Words) -> Any:
        return self._begin(_options(words)["to"])

    def do_upgrade_revert(self, words: Words) -> Any:
        return self._begin(self.state["other"])

    def _begin(self, target: str) -> Any:
        if self.faults.get("never-begins"):
            raise Lost
        attempt = {
            "from": self.state["version"],
            "to": target,
            "began": f"2026-11-24T15:{len(self.state['attempts']):02}:00+00:00",
            "ended": None,
            "outcome": "under-way",
            "reason": "",
            "steps": ["preflight"],
        }
        self.state["attempts"].insert(0, attempt)
        if reason := self.faults.get("run-fails"):
            attempt.update(outcome="failed", reason=reason, ended="2026-11-24T16:00:00+00:00")
            return {"outcome": "failed", "reason": reason}
        self.state["under_way"] = {
            "from": self.state["version"],
            "to": target,
            "last_step": "reboot",
            "since": attempt["began"],
        }
        self.state["polls"] = self.polls
        if self.faults.get("drop-run"):
            raise Lost
        return {"outcome": "rebooting", "reason": ""}

    def do_upgrade_status(self, words: Words) -> Any:
        if self.state["under_way"]:
            self.state["polls"] -= 1
            if self.state["polls"] <= 0:
                self._end()
        return {
            "running": self.state["version"],
            "why": f"{self.state['version']} runs.",
            "under_way": self.state["under_way"],
            "denied": {},
            "down_time": 74.0 if self.state["attempts"] else None,
            "attempts": self.state["attempts"],
        }

    def _end(self) -> None:
        attempt = self.state["attempts"][0]
        reason = self.faults.get("rolls-back", "")
        attempt.update(
            outcome="rolled-back" if reason else "committed", reason=reason, ended="2026-11-24T16:00:00+00:00"
        )
        if not reason:
            self.state.update(version=attempt["to"], other=attempt["from"])
        self.state["under_way"] = None


def _named(words: Words) -> dict[str, str]:
    return dict(word.split("=", 1) for word in words if "=" in word)


def _options(words: Words) -> dict[str, str]:
    return {word[2:]: value for word, value in zip(words, [*words[1:], ""], strict=True) if word[:2] == "--"}


def main(arguments: Words) -> int:
    """What ssh would do: `ssh OPTIONS… HOST LINE`; nothing for `-O`, there is no connection to look after."""
    if "-O" in arguments or "-V" in arguments:
        return LOST
    path = Path(os.environ["MAILWARD_SIMULATED"], arguments[-2] + ".json")
    state = json.loads(path.read_text())
    status, out, err = Simulated(state).call(arguments[-1])
    path.write_text(json.dumps(state))
    sys.stdout.write(out)
    sys.stderr.write(err)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
