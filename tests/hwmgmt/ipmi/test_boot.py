from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmgmt.ipmi import boot
from hwmgmt.ipmi.bmc import NoAnswer
from hwmgmt.ipmi.boot import BootDevice, BootOverride
from hwmgmt.reading import Reason
from tests.hwmgmt.ipmi.fake_bmc import FakeBmc


def keeping(mask: int = 0xFF) -> FakeBmc:
    """A BMC that keeps the boot flags it is given, of the first byte only the bits in `mask`."""
    flags = bytearray(5)

    def set_option(data: bytes) -> bytes:
        if data[0] == 5:
            flags[:] = bytes([data[1] & mask]) + data[2:6]
        return b""

    return FakeBmc({(0, 8): set_option, (0, 9): lambda data: b"\x01\x05" + bytes(flags)})


@pytest.mark.parametrize("device", [device for device in BootDevice if device is not BootDevice.NONE])
@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("uefi", [False, True])
def test_persistence_and_uefi_combine(device: BootDevice, persistent: bool, uefi: bool) -> None:
    wanted = BootOverride(device, persistent, uefi)
    assert boot.write(keeping(), wanted) == wanted


def test_the_override_can_be_taken_back() -> None:
    bmc = keeping()
    boot.write(bmc, BootOverride(BootDevice.PXE, True, True))
    assert boot.write(bmc, boot.NO_OVERRIDE) == boot.NO_OVERRIDE


def test_a_bmc_that_drops_a_bit_is_found_out() -> None:
    with pytest.raises(NoAnswer, match="took pxe persistent uefi and kept pxe persistent"):
        boot.write(keeping(mask=0xDF), BootOverride(BootDevice.PXE, True, True))


def test_preparations_may_be_refused() -> None:
    bmc = FakeBmc(
        {
            (0, 8): lambda data: b"" if data[0] == 5 else 0x80,
            (0, 9): b"\x01\x05\x80\x08\x00\x00\x00",
        }
    )
    assert boot.write(bmc, BootOverride(BootDevice.DISK)).device is BootDevice.DISK


@pytest.mark.parametrize(
    "answer", [b"", b"\x00\x00", b"\x01\x04\x80\x04\0\0\0", b"\x01\x05\x80\x3b\0\0\0"[:4]]
)
def test_p3_what_is_no_boot_flags_is_malformed(answer: bytes) -> None:
    with pytest.raises(NoAnswer) as caught:
        boot.read(FakeBmc({(0, 9): answer}))
    assert caught.value.reason is Reason.MALFORMED


def test_a_reserved_device_is_malformed() -> None:
    with pytest.raises(NoAnswer, match="reserved"):
        boot.read(FakeBmc({(0, 9): b"\x01\x05\x80\x30\x00\x00\x00"}))


@given(st.binary(max_size=12))
def test_any_answer_is_an_override_or_no_answer(answer: bytes) -> None:
    try:
        boot.read(FakeBmc({(0, 9): answer}))
    except NoAnswer:
        return
