"""The real worker on pyghmi's real in-band session, with a kernel device that never answers.

`ioctl` succeeds and the device never becomes readable: that is what a hung BMC looks like, and pyghmi's
`await_reply` then waits without end.
"""

import fcntl
import time

from pyghmi.ipmi.private import localsession


def accept(*arguments: object) -> int:
    return 0


def nothing_to_read(
    readers: object, writers: object, others: object, timeout: float
) -> tuple[list[object], ...]:
    time.sleep(timeout)
    return [], [], []


if __name__ == "__main__":
    setattr(fcntl, "ioctl", accept)  # noqa: B010 - a stand-in, which types cannot express
    localsession.select = nothing_to_read
    from hwmgmt.ipmi.worker import main

    main()
