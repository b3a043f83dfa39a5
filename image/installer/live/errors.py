"""Why an installation does not begin, or does not end well."""

from __future__ import annotations

from mailward.errors import BadInput, Failed, Rejected


class NoMedium(Failed):
    key = "installer.medium"
    sentence = "the installation medium is not there: {seen}"
    remedy = "Leave the USB stick or CD where it is until you are told to remove it, and start again"


class MediumDamaged(Failed):
    key = "installer.medium-damaged"
    sentence = "{file} on the medium is damaged: {problem}"
    remedy = "Make the medium again from the ISO file, or use another stick"


class UnsupportedMachine(Rejected):
    key = "installer.unsupported"
    sentence = "this machine is not supported: it is {model} ({because}): {why}"
    remedy = "{advice}"


class UnknownMachine(Rejected):
    key = "installer.unknown"
    sentence = "it is not known which model this machine is ({because}): {why}"
    remedy = "Say which with mailward.model=NAME, or install from the console, where you are asked"


class NoDisk(Rejected):
    key = "installer.no-disk"
    sentence = "there is no disk that Mailward can be installed on"
    remedy = "Attach one of at least {need}, and start again"


class NotOne(Rejected):
    key = "installer.not-one"
    sentence = "{count} disks have the serial number {serial!r}"
    remedy = "Name one of these with mailward.install.disk: {known}"


class BadDisk(Rejected):
    key = "installer.disk"
    sentence = "{disk} cannot be used: {problem}"
    remedy = "{advice}"


class Installed(Rejected):
    key = "installer.installed"
    sentence = (
        "{disk} has an installation of Mailward with its mail and configuration, and nobody is there to ask"
    )
    remedy = "To erase it nevertheless, give mailward.install.replace=yes as well"


class BadAnswer(BadInput):
    key = "installer.answer"
    sentence = "{name}={value} is not something this installer knows"
    remedy = "It may be {known}"


class CannotWrite(Failed):
    key = "installer.write"
    sentence = "cannot write to {disk}: {reason}"
    remedy = "The disk does not start as it is. Check or replace it, and install again"


class ReadBack(Failed):
    key = "installer.read-back"
    sentence = "{disk} does not give back what was written, {part} at {place:,} bytes"
    remedy = "The disk is failing, or its controller is: replace it. It does not start as it is"


class NoBootEntry(Failed):
    key = "installer.boot-entry"
    sentence = "the firmware did not take an entry for its boot menu: {reason}"
    remedy = (
        "If the machine does not start from the disk by itself, choose the disk in the firmware's boot menu"
    )


class ProgramFailed(Failed):
    key = "installer.program"
    sentence = "{program} ended with status {status}: {said}"
    remedy = "This is a fault of the installer or of the disk; the disk may not start as it is"
