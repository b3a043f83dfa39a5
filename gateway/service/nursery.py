"""Where workers come from: a process that has imported everything once, and forks.

A worker that starts as a program of its own imports the whole service again: a third of a second of processor
time here, seconds on an emulated one. So `serve` forks the nursery before it has a loop, a lock, a socket or
a thread. From then on the nursery does nothing but wait for orders, which bring the descriptors the worker is
to have, and fork. It never holds any of them longer than that.

A worker is forked twice: its parent in between ends at once, and the kernel gives the worker to the
supervisor, which asked for that (PR_SET_CHILD_SUBREAPER, prctl(2)). So it is the supervisor's own child, to
be waited for and signalled like any other, and it lives on if the nursery dies. A nursery that died is
replaced by one that starts as a program.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from gateway.service import worker
from gateway.service.errors import NoNursery

_log = logging.getLogger(__name__)
_PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 15, 36
_libc = ctypes.CDLL(None, use_errno=True)
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
ORDER_LIMIT = 128 << 10  # octets of an order
MOST_DESCRIPTORS = 250  # SCM_MAX_FD is 253
ANSWER_LIMIT = 30.0  # seconds
NAME, WORKER_NAME = "mailward-nurse", "mailward-worker"  # as `ps` shows them; 15 characters at most


class Spawned:
    """A worker: a child of this process that was forked elsewhere. Build it in the loop.

    Attributes:
        returncode: None while it runs; the exit status, or the negative number of the signal.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._fd = os.pidfd_open(pid)
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._loop.add_reader(self._fd, self._reap)

    def _reap(self) -> None:
        self._loop.remove_reader(self._fd)
        os.close(self._fd)
        self._fd = -1
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self._ended.set_result(self.returncode)

    async def wait(self) -> int:
        """Its exit status, once it has ended."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self._fd >= 0:
            signal.pidfd_send_signal(self._fd, number)


class Nursery:
    """The supervisor's end. `spawn` from one task after the other or from several."""

    def __init__(self, sock: socket.socket, pid: int) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._pid = pid
        self._turn = asyncio.Lock()

    @classmethod
    def fork(cls) -> Nursery:
        """Call it first of all: no loop, no thread, nothing open but what the workers may see."""
        _adopt_grandchildren()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sys.stdout.flush()
        sys.stderr.flush()
        gc.collect()
        gc.freeze()  # so that the collector does not touch, and so copy, what all share
        pid = os.fork()
        if pid:
            gc.unfreeze()
            theirs.close()
            return cls(ours, pid)
        run(theirs)

    async def spawn(self, order: bytes, descriptors: Sequence[int]) -> Spawned:
        """A worker with copies of the descriptors. Raises NoNursery."""
        if len(order) > ORDER_LIMIT or len(descriptors) > MOST_DESCRIPTORS:
            raise NoNursery(why=f"{len(descriptors)} listening sockets are more than a worker can be given")
        async with self._turn:
            pid = await self._ask(order, descriptors)
            if not pid:
                _log.error("the process that starts workers is gone, starting another one")
                await self._replace()
                pid = await self._ask(order, descriptors)
        if not pid:
            raise NoNursery(why="the process that starts workers does not answer")
        return Spawned(pid)

    async def _ask(self, order: bytes, descriptors: Sequence[int]) -> int:
        loop = asyncio.get_running_loop()
        try:
            # A packet on an empty socket does not wait for anybody.
            socket.send_fds(self._sock, [order], list(descriptors))
            async with asyncio.timeout(ANSWER_LIMIT):
                return int(await loop.sock_recv(self._sock, 64) or b"0")
        except OSError:
            return 0

    async def _replace(self) -> None:
        await self.close(kill=True)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        theirs.set_inheritable(True)
        words = [sys.executable, "-m", "gateway.service.nursery", str(theirs.fileno())]
        try:
            pid = os.posix_spawn(sys.executable, words, os.environ)
        except OSError as error:
            raise NoNursery(why=(error.strerror or str(error)).lower()) from error
        theirs.close()
        ours.setblocking(False)
        self._sock, self._pid = ours, pid

    async def close(self, *, kill: bool = False) -> None:
        """It ends when it sees that nobody is there; `kill` one that may not look."""
        self._sock.close()
        try:
            if kill:
                os.kill(self._pid, signal.SIGKILL)
            await asyncio.to_thread(os.waitpid, self._pid, 0)
        except (ChildProcessError, ProcessLookupError):
            return  # waited for already: its successor could not be started


def _adopt_grandchildren() -> None:
    """Become the parent of every descendant whose parent ends. Raises NoNursery."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise NoNursery(why=f"prctl: {os.strerror(ctypes.get_errno())}")


# The other side


def run(sock: socket.socket) -> NoReturn:
    """The nursery's own life. Never returns."""
    try:
        _be_called(NAME)
        os.closerange(3, sock.fileno())
        os.closerange(sock.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        # The supervisor decides when we end. Blocked, not ignored: what is sent to a worker that has not
        # got round to listen is kept for it.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
            os.environ.pop(name, None)
        while True:
            order, descriptors, _, _ = socket.recv_fds(sock, ORDER_LIMIT, MOST_DESCRIPTORS)
            if not order:
                break
            pid = _fork(sock, order, descriptors)
            for fd in descriptors:
                os.close(fd)
            sock.send(str(pid).encode())
    except OSError:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _fork(sock: socket.socket, order: bytes, descriptors: list[int]) -> int:
    """The pid of a new worker whose parent has ended already."""
    reader, writer = os.pipe()
    between = os.fork()
    if not between:
        pid = os.fork()
        if pid:
            os.write(writer, str(pid).encode())
            os._exit(0)
        os.close(reader)
        os.close(writer)
        sock.close()
        _work(order, descriptors)
    os.close(writer)
    os.waitpid(between, 0)
    pid = int(os.read(reader, 64))
    os.close(reader)
    return pid


def _work(order: bytes, descriptors: list[int]) -> NoReturn:
    status = 1
    try:
        _be_called(WORKER_NAME)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        status = worker.work(worker.Order.from_json(order, descriptors))
    finally:
        # The end of a fork: nothing of the parent's may run, not even what tells of an exception.
        if sys.exception() is not None:
            traceback.print_exc()
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _be_called(name: str) -> None:
    _libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    run(socket.socket(fileno=int(sys.argv[1])))
