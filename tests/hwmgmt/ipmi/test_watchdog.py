from pathlib import Path

import pytest

from hwmgmt.ipmi import watchdog
from hwmgmt.ipmi.watchdog import TimeoutAction, TimerUse
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi.fake_bmc import FakeBmc


def test_read() -> None:
    state = watchdog.read(FakeBmc({(6, 0x25): b"\x44\x01\x00\x10\xb8\x0b\x10\x05"}))
    assert (state.use, state.running, state.action, state.expired) == (
        TimerUse.OS,
        True,
        TimeoutAction.RESET,
        (TimerUse.OS,),
    )
    assert state.timeout_s == 300
    assert state.left_s.need() == pytest.approx(129.6)


def test_an_answer_without_the_count_still_counts() -> None:
    state = watchdog.read(FakeBmc({(6, 0x25): b"\x04\x00\x00\x00\xb8\x0b"}))
    assert state.timeout_s == 300
    assert state.left_s.reason is Reason.MALFORMED


def test_set_start_and_stop() -> None:
    bmc = FakeBmc({(6, 0x24): b"", (6, 0x22): b""})
    watchdog.write(bmc, TimeoutAction.POWER_CYCLE, 300)
    watchdog.start(bmc)
    watchdog.stop(bmc)
    assert bmc.sent(6, 0x24) == [b"\x04\x03\x00\x10\xb8\x0b", b"\x04\x00\x00\x10\x00\x00"]
    assert bmc.sent(6, 0x22) == [b""]


@pytest.mark.parametrize("seconds", [0, -1, 6553.6])
def test_times_the_timer_has_not_are_refused(seconds: float) -> None:
    with pytest.raises(ValueError):
        watchdog.write(FakeBmc({}), TimeoutAction.RESET, seconds)


def kernel(root: Path, identity: str) -> Path:
    folder = root / "sys/class/watchdog/watchdog0"
    folder.mkdir(parents=True)
    folder.joinpath("identity").write_text(identity + "\n")
    folder.joinpath("state").write_text("active\n")
    return root


def test_the_kernels_watchdog_on_the_same_timer(tmp_path: Path) -> None:
    found = watchdog.kernel_watchdog(kernel(tmp_path, "IPMI")).need()
    assert (found.device, found.state) == ("/dev/watchdog0", "active")


def test_a_watchdog_of_the_chipset_is_another(tmp_path: Path) -> None:
    assert watchdog.kernel_watchdog(kernel(tmp_path, "iTCO_wdt")).reason is Reason.ABSENT
    assert watchdog.kernel_watchdog(tmp_path / "empty").reason is Reason.ABSENT
