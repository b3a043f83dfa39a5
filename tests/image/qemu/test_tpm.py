from pathlib import Path

import pytest

from image.qemu.tpm import Tpm, TpmFailed, argv


def test_state_and_socket_are_in_the_folder() -> None:
    line = argv(Path("/t"), Path("/t/control.sock"))
    assert "dir=/t" in line
    assert "type=unixio,path=/t/control.sock" in line


@pytest.mark.process
def test_starts_ends_and_starts_again(tmp_path: Path) -> None:
    for _ in range(2):
        chip = Tpm(tmp_path)
        chip.start()
        assert chip.control.exists()
        chip.stop()


@pytest.mark.process
def test_a_folder_whose_name_is_too_long_for_a_socket_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TpmFailed):
        Tpm(tmp_path / ("x" * 120)).start()
