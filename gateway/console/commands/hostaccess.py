"""`listenerconfig edit … hostaccess`: sender groups and mail flow policies (G1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.access import editing
from gateway.access.hat import HostAccessTable
from gateway.access.hat_text import format_hat, parse_hat
from gateway.access.policies import SETTINGS, AccessRule, Setting, Value
from gateway.config.types import name as element_name
from gateway.console.call import Call
from gateway.console.commands.tabletext import TableText
from gateway.console.errors import NoneThere
from gateway.console.handlers import Action, Menu, Operation
from gateway.console.questions import Answers, Choice, Many, Number, Question, Text
from gateway.service.gate import host_table

# Asked on the console; the others are there for inline forms, where nobody wants twenty questions.
_ASKED = (
    "max_msgs_per_session",
    "max_rcpts_per_msg",
    "max_message_size",
    "max_concurrency",
    "max_rcpts_per_hour",
    "tls",
)
SHOWN = 12  # sources of a group that are listed


@dataclass(frozen=True, slots=True)
class SettingKind:
    """The value of a policy's setting; blank or `none` leaves it to the listener."""

    setting: Setting

    def parse(self, text: str) -> Any:
        if text.lower() in ("", "none"):
            return None
        try:
            return self.setting.read(text, quoted=True)
        except (ValueError, KeyError) as error:
            raise ValueError(f"must be {self.setting.allowed}, or none") from error

    def spell(self, value: Any) -> str:
        return "" if value is None else self.setting.write(value)

    def options(self) -> Sequence[tuple[str, str]]:
        return ()


def menu(listener: str) -> Menu:
    """Everything about one listener's table."""

    hat = TableText(
        listener,
        "hat",
        "relay_hosts",
        host_table,
        parse_hat,
        format_hat,
        lambda made: {"entries": len(made.entries), "policies": len(made.policies)},
    )
    table, put = hat.table, hat.put

    def groups(call: Call, answers: Answers) -> Choice:
        names = [editing.label(entry) for entry in table(call).entries]
        return Choice([(name, name) for name in names])

    def above_all(call: Call, answers: Answers) -> Choice:
        names = [editing.label(entry) for entry in table(call).entries][:-1]
        if not names:
            raise NoneThere(noun="sender group", name="to choose", names="none")
        return Choice([(name, name) for name in names])

    def behaviours(call: Call, answers: Answers) -> Choice:
        names = [f"${policy.name}" for policy in table(call).policies]
        return Choice([(name, name) for name in [*names, *AccessRule]])

    def policies(call: Call, answers: Answers) -> Choice:
        return Choice([(policy.name, f"${policy.name}") for policy in table(call).policies])

    def entry(call: Call, answers: Answers) -> Any:
        return next(one for one in table(call).entries if editing.label(one) == answers["group"])

    def sources_now(call: Call, answers: Answers) -> list[str]:
        return [str(member.source) for member in entry(call, answers).members]

    def policy_now(call: Call, answers: Answers) -> str:
        policy = entry(call, answers).policy
        return str(policy) if isinstance(policy, AccessRule) else f"${policy}"

    def put_group(new: bool, said: str) -> Callable[[Call, Answers], Any]:
        def run(call: Call, answers: Answers) -> Any:
            name = answers["group"]
            put(
                call,
                lambda old: editing.put_entry(
                    old, name, answers["sources"], answers["policy"], answers["comment"], new=new
                ),
            )
            call.say(f"{said} {name}.")
            return answers

        return run

    def delete_group(call: Call, answers: Answers) -> Any:
        put(call, lambda old: editing.remove_entry(old, answers["group"]))
        call.say(f"Removed {answers['group']}.")
        return {"removed": answers["group"]}

    def move_group(call: Call, answers: Answers) -> Any:
        made = put(call, lambda old: editing.move_entry(old, answers["group"], answers["position"]))
        return [editing.label(one) for one in made.entries]

    def default(call: Call, answers: Answers) -> Any:
        put(call, lambda old: editing.set_default(old, answers["policy"]))
        call.say(f"Everybody else gets {answers['policy']}.")
        return answers

    def put_policy(call: Call, answers: Answers) -> Any:
        name = answers.pop("policy").removeprefix("$")
        rule = answers.pop("rule")
        settings = {key: value for key, value in answers.items() if value is not None}
        put(call, lambda old: editing.put_policy(old, name, rule, settings))
        call.say(f"Mail flow policy ${name} is {rule}.")
        return {"policy": name, "rule": rule, **settings}

    def delete_policy(call: Call, answers: Answers) -> Any:
        put(call, lambda old: editing.remove_policy(old, answers["policy"]))
        call.say(f"Removed ${answers['policy']}.")
        return {"removed": answers["policy"]}

    def reset(call: Call, answers: Answers) -> Any:
        call.confirm("Are you sure you want the predefined table?")
        hat.store(call, "")
        call.say("The predefined table is in place.")
        return {"listener": listener}

    def setting_now(key: str) -> Callable[[Call, Answers], Any]:
        def value(call: Call, answers: Answers) -> Any:
            policy = next(one for one in table(call).policies if one.name == answers["policy"])
            return policy.settings.get(key)

        return value

    def rule_now(call: Call, answers: Answers) -> AccessRule:
        return next(one.rule for one in table(call).policies if one.name == answers["policy"])

    rules = Choice([(rule.value, rule.value) for rule in AccessRule], AccessRule)
    new_settings = tuple(_setting(key, None) for key in SETTINGS)
    old_settings = tuple(_setting(key, setting_now(key)) for key in SETTINGS)
    sources = Question(
        "sources",
        "Enter the senders, separated by commas: addresses, networks, hosts, .partial.hosts, sbrs[-3.0:-1.0].",
        Many(Text(_source), 1),
    )
    comment = Question("comment", "Enter a comment for it, none for none.", Text(blank=True), "")
    policy_menu = Menu(
        lambda call: _show_policies(call, table(call)),
        Operation(
            "NEW",
            "Create a new mail flow policy.",
            Action(
                put_policy,
                (
                    Question("policy", "Enter a name for this policy (Ex: THROTTLED).", Text(_policy_name)),
                    Question("rule", "What happens to the connection?", rules, AccessRule.ACCEPT),
                    *new_settings,
                ),
            ),
        ),
        Operation(
            "EDIT",
            "Modify a mail flow policy.",
            Action(
                put_policy,
                (
                    Question("policy", "Enter the number or name of the policy you wish to edit.", policies),
                    Question("rule", "What happens to the connection?", rules, rule_now),
                    *old_settings,
                ),
            ),
        ),
        Operation(
            "DELETE",
            "Remove a mail flow policy.",
            Action(delete_policy, (Question("policy", "Which policy do you wish to remove?", policies),)),
        ),
    )
    return Menu(
        lambda call: _show(call, table(call)),
        Operation(
            "NEW",
            "Create a new sender group.",
            Action(
                put_group(True, "Added sender group"),
                (
                    Question(
                        "group", "Enter a name for this sender group (Ex: PARTNERS).", Text(element_name)
                    ),
                    sources,
                    Question("policy", "Choose what they get:", behaviours),
                    comment,
                ),
            ),
        ),
        Operation(
            "EDIT",
            "Modify a sender group.",
            Action(
                put_group(False, "Changed"),
                (
                    Question("group", "Enter the number or name of the entry you wish to edit.", groups),
                    _with_default(sources, sources_now),
                    Question("policy", "Choose what they get:", behaviours, policy_now),
                    _with_default(comment, lambda call, answers: entry(call, answers).comment),
                ),
            ),
        ),
        Operation(
            "DELETE",
            "Remove a sender group.",
            Action(delete_group, (Question("group", "Which entry do you wish to remove?", above_all),)),
        ),
        Operation(
            "MOVE",
            "Move a sender group to another place in the table.",
            Action(
                move_group,
                (
                    Question("group", "Which entry do you wish to move?", above_all),
                    Question(
                        "position",
                        "Which number shall it have?",
                        lambda call, _: Number(1, max(1, len(table(call).entries) - 1)),
                    ),
                ),
            ),
        ),
        Operation(
            "DEFAULT",
            "Set what everybody else gets.",
            Action(default, (Question("policy", "Choose what everybody else gets:", behaviours),)),
        ),
        Operation("POLICY", "View and edit mail flow policies.", policy_menu, changes=False),
        *hat.operations(),
        Operation("RESET", "Go back to the predefined table.", Action(reset)),
    )


def _setting(key: str, default: Any) -> Question:
    return Question(
        key,
        f"{key}, none for that of the listener ({SETTINGS[key].allowed}):",
        SettingKind(SETTINGS[key]),
        default,
        when=lambda _, answers: answers.get("rule") in (AccessRule.ACCEPT, AccessRule.RELAY),
        asked=key in _ASKED,
    )


def _with_default(question: Question, default: Callable[[Call, Answers], Any]) -> Question:
    return replace(question, default=default)


def _policy_name(text: str) -> str:
    return element_name(text.removeprefix("$"))


def _source(text: str) -> str:
    return str(editing.members([text])[0].source)


def _show(call: Call, table: HostAccessTable) -> Any:
    rows = []
    for number, entry in enumerate(table.entries, 1):
        policy = entry.policy if isinstance(entry.policy, AccessRule) else f"${entry.policy}"
        listed = [str(member.source) for member in entry.members[:SHOWN]]
        more = len(entry.members) - len(listed)
        senders = ", ".join(listed) + (f" and {more:,} more" if more > 0 else "")
        rows.append((f"{number}.", editing.label(entry), senders, policy))
    call.table(["", "sender group", "senders", "gets"], rows)
    return {
        "entries": [
            {
                "name": editing.label(entry),
                "senders": [str(member.source) for member in entry.members],
                "policy": str(entry.policy),
                "comment": entry.comment,
            }
            for entry in table.entries
        ]
    }


def _show_policies(call: Call, table: HostAccessTable) -> Any:
    call.table(
        ["policy", "rule", "settings of its own"],
        [(f"${policy.name}", policy.rule, _spelled(policy.settings)) for policy in table.policies],
    )
    return [{"name": p.name, "rule": p.rule, "settings": dict(p.settings)} for p in table.policies]


def _spelled(settings: Mapping[str, Value]) -> str:
    return ", ".join(f"{key}={SETTINGS[key].write(value)}" for key, value in settings.items())
