"""The upgrade as an administrator meets it: its commands, its dialogue, and the real parts it is put together of."""
