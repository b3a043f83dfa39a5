from dataclasses import replace

import pytest

from upgrade.mailservice import MailState

OPEN = MailState(work_queue=5, queued=9)


def test_a_service_with_nothing_switched_off_is_flowing() -> None:
    assert OPEN.flowing


@pytest.mark.parametrize(
    "change",
    [
        {"suspended": ("InboundMail",)},
        {"all_suspended": True},
        {"delivery_suspended": True},
        {"work_paused": True},
        {"full": True},
    ],
)
def test_each_switch_stops_it(change: dict[str, object]) -> None:
    assert not replace(OPEN, **change).flowing  # type: ignore[arg-type]
