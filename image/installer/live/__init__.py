"""What runs on the medium, as root in its initrd: finds the disk, asks, writes, reads back.

Nothing but Python's own library and the model catalogue is there.
"""
