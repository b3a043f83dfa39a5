"""What can be wrong with what an appliance is given for its first boot."""

from __future__ import annotations

from mailward.errors import BadInput


class BadSeed(BadInput):
    """It is refused whole: the appliance starts with the configuration of the release."""

    key = "firstboot.bad-seed"
    sentence = "The first configuration from the {source} is not usable: {why}"
    remedy = "Nothing of it was taken. Correct it, and reset the configuration or write the image again"
