from pathlib import Path

from gateway.service.merge import total
from gateway.service.metrics import exposition
from gateway.service.state import State


def test_state_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    assert State.load(path) == State()
    state = State(["InboundMail"], True, True)
    state.save(path)
    assert State.load(path) == state


def test_answers_of_workers_are_added_up() -> None:
    assert total([{"a": 1, "b": [1], "c": ""}, {"a": 2, "b": [2], "c": "full"}, {"d": {"e": 1.5}}]) == {
        "a": 3,
        "b": [1, 2],
        "c": "full",
        "d": {"e": 1.5},
    }
    assert total([None, {"mid": 4}]) == {"mid": 4}
    assert total([]) is None


def test_metrics_are_what_prometheus_reads() -> None:
    text = exposition({"messages": 3, "full": "no room", "counters": {"delivered": {"uptime": 7}}})
    assert "\nmailward_queue_messages 3.0\n" in text
    assert "\nmailward_delivered_total 7.0\n" in text
    assert "\nmailward_queue_full 1.0\n" in text
