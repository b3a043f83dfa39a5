"""What the session does beside the prompt."""

from __future__ import annotations

import signal

from gateway.console.shell import aside


def test_ctrl_c_is_for_the_prompt_whatever_is_done_beside_it() -> None:
    blocked: list[set[signal.Signals | int]] = []
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    aside(lambda: blocked.append(signal.pthread_sigmask(signal.SIG_BLOCK, ()))).join(10)
    assert signal.SIGINT in blocked[0]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
