"""The 2 TB limit of a virtual disk (U7), where both the forms and the installer find it."""

# In bytes. hwmgmt.disks.limit has the rule for machines, which the builder does not see; a test compares them.
LIMIT_BYTES = (1 << 32) * 512
