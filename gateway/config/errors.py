"""What can be wrong with a configuration."""

from __future__ import annotations

from mailward.errors import BadInput, Failed


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
