"""What can be wrong with putting a configuration into effect."""

from __future__ import annotations

from mailward.errors import Failed, Rejected


class StepFailed(Failed):
    """A step did not work. What it had changed was put back."""

    key = "apply.step"
    sentence = "The {step} cannot be set: {why}"
    remedy = "{advice}"


class NotPossibleHere(Rejected):
    """The configuration is right in itself, but not on this machine."""

    key = "apply.not-possible"
    sentence = "This machine cannot follow the configuration: {problems}"
    remedy = "Change what is named, and commit again; nothing was changed"


class HasControlCharacter(Rejected):
    """A value that would end its line in a file of the system and begin one of its own."""

    key = "apply.control-character"
    sentence = "The value {value!r} has a line break or another control character in it"
    remedy = "Type the value again without it"


class UnitFailed(Failed):
    key = "apply.program"
    sentence = "{command} ended with status {status}: {said}"
    remedy = "The journal has more: journalctl -b"


class NothingToConfirm(Rejected):
    key = "apply.nothing-to-confirm"
    sentence = "There is no commit that waits for confirmation"
    remedy = "The time may have run out; `rollbackconfig` shows what was committed and taken back"
