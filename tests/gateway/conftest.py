"""No timed tests: a property holds on a busy machine too, so hypothesis sets no deadline here."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
