from pathlib import Path

from gateway.service.counters import Counters


def test_three_columns_over_workers_resets_and_restarts(tmp_path: Path) -> None:
    path = tmp_path / "counters.json"
    counters = Counters(path)
    counters.load()
    counters.add(0, {"messages": 10})
    counters.add(1, {"messages": 5})
    counters.add(0, {"messages": 12})
    counters.add(0, {"messages": 3})  # started again
    assert counters.columns()["messages"] == {"reset": 20, "uptime": 20, "lifetime": 20}
    counters.reset(100.0)
    counters.add(1, {"messages": 6})
    assert counters.columns()["messages"] == {"reset": 1, "uptime": 21, "lifetime": 21}
    counters.save()
    again = Counters(path)
    again.load()
    again.add(0, {"messages": 2})
    assert again.columns()["messages"] == {"reset": 3, "uptime": 2, "lifetime": 23}
    assert again.reset_at == 100.0


def test_rates_are_per_hour(tmp_path: Path) -> None:
    counters = Counters(tmp_path / "none")
    counters.sample(0.0)
    for second in range(5, 65, 5):
        counters.add(0, {"messages": second * 100 // 60})
        counters.sample(float(second))
    assert counters.rates(60.0)["messages"] == {"1m": 6000, "5m": 1200, "15m": 400}


def test_a_broken_file_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "counters.json"
    path.write_text("{")
    counters = Counters(path)
    counters.load()
    assert not counters.lifetime
