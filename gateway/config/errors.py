"""What can be wrong with a configuration."""

from __future__ import annotations

from mailward.errors import BadInput, Failed, Rejected


class ConfigUnreadable(Failed):
    key = "config.unreadable"
    sentence = "Cannot read the configuration {path}: {why}"
    remedy = "Put a configuration file there, or name another with --config"


class ConfigBroken(BadInput):
    key = "config.broken"
    sentence = "The configuration {path} is not usable: {problems}"
    remedy = "Correct the lines named; nothing was changed"


class ConfigUnwritable(Failed):
    key = "config.unwritable"
    sentence = "Cannot write the configuration {path}: {why}"
    remedy = "Check that the folder is writable and the disk has room; the old file is as it was"


class NotAcceptable(BadInput):
    """A change that would leave a configuration that is not valid. Nothing was changed."""

    key = "config.not-acceptable"
    sentence = "This cannot be set: {problems}"


class NoSuchElement(BadInput):
    key = "config.no-such-element"
    sentence = "The configuration has no {path}"
    remedy = "`showconfig` shows what it has"


class BadUser(BadInput):
    key = "config.user"
    sentence = "{user!r} cannot have a candidate configuration"
    remedy = "A user's name has letters, digits and . _ - @, and at most 64 of them"


class StaleCandidate(Rejected):
    """Another release wrote it, with other rules."""

    key = "config.stale-candidate"
    sentence = "Your changes were made under another release and do not fit this one: {problems}"
    remedy = "`clear` drops them; make them again"


class Conflicts(Rejected):
    """Two administrators changed the same element differently. The candidate stays as it is."""

    key = "config.conflict"
    sentence = "Others changed what you changed: {conflicts}"
    remedy = (
        "Your changes are kept. `commit prefer=mine` or `prefer=theirs` decides; `clear` drops your changes"
    )


class Busy(Failed):
    key = "config.busy"
    sentence = "Another commit is under way ({who})"
    remedy = "Wait for it to end and try again; your changes are kept"


class NotApplied(Failed):
    """Applying failed, and the old configuration is in effect again."""

    key = "config.not-applied"
    sentence = "The configuration was not committed, the old one is in effect again"
    remedy = "Your changes are kept; correct what the message names and commit again, or `clear`"


class NotUndone(Failed):
    """Applying failed, and so did going back."""

    key = "config.not-undone"
    sentence = "The configuration was not committed ({why}), and going back to the old one failed too"
    remedy = "config.xml is the old one; what failed is set when the appliance starts: `reboot`"


class NotRecorded(Failed):
    """The commit counts; what is done after it was not."""

    key = "config.not-recorded"
    sentence = "Revision {number} is committed and in effect, but the history could not be written: {why}"
    remedy = "Make room on the disk; the next commit or start writes it"


class NoRevision(BadInput):
    key = "config.no-revision"
    sentence = "There is no revision {number}"
    remedy = "`rollbackconfig --list` shows those that are kept"


class StoreDamaged(Failed):
    key = "config.store"
    sentence = "{path} is damaged: {why}"
    remedy = "{remedy}"


class Masked(BadInput):
    key = "config.masked"
    sentence = "The file was saved with masked passwords: it is for reading, and cannot be loaded"
    remedy = "Save it again with `saveconfig`, passwords encrypted or plain"


class NotDecrypted(BadInput):
    key = "config.not-decrypted"
    sentence = "The passwords in the file cannot be decrypted: {why}"
    remedy = "Give the passphrase with which it was saved, or load it on a machine of the same family"


class OtherMajor(BadInput):
    """U14."""

    key = "config.other-major"
    sentence = "The configuration {path} is of release {found}, and this is {own}: they are not compatible"
    remedy = "Upgrade the machine it is from to release {own.major} first, and save it there"


class NetworkQuestion(BadInput):
    """U8: not an error but a question; nothing was changed."""

    key = "config.network-question"
    sentence = "The file is of {whose}, this is {own}: what is to be done with its network settings?"
    remedy = "`--network keep` leaves those of this machine, `--network take` loads those of the file"


class BadName(BadInput):
    key = "config.file-name"
    sentence = "{name!r} cannot be the name of a saved configuration"
    remedy = "A name has letters, digits and . _ -, ends in .xml, and is not config.xml"
