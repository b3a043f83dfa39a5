"""From the configuration to settings: certificates by name or path, rollover of logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.config.elements.logs import LogType
from gateway.config.errors import ConfigBroken
from gateway.config.model import Config
from gateway.files.certificate import self_signed
from gateway.logs.rollover import KEEP, SIZE
from gateway.service.wiring import listener_settings, rollover

PEM = self_signed("mx.example.com", 1_800_000_000)
KEY, CERTIFICATE = PEM.split("-----BEGIN CERTIFICATE-----")
CERTIFICATE = "-----BEGIN CERTIFICATE-----" + CERTIFICATE


def config(certificate: str, key: str = KEY, pem: str = CERTIFICATE, **more: Any) -> Config:
    return Config.model_validate(
        {
            "hostname": "mx.example.com",
            "certificates": [{"certificate_name": "Own", "certificate": pem, "private_key": key}],
            "listeners": [{"listener_name": "In", "certificate": certificate}],
            **more,
        }
    )


def tls(of: Config) -> object:
    return listener_settings(of, of.listeners[0], 1).tls


def test_by_name_by_path_and_none(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    file.write_text(PEM)
    assert tls(config("Own")) is not None
    assert tls(config(str(file))) is not None
    assert tls(config("")) is None
    (tmp_path / "key.pem").write_text(KEY)
    (tmp_path / "chain.pem").write_text(CERTIFICATE)
    halves = config("Own", str(tmp_path / "key.pem"), str(tmp_path / "chain.pem"))
    assert tls(halves) is not None


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigBroken, match="listener In: certificate"):
        tls(config(str(tmp_path / "gone.pem")))
    with pytest.raises(ConfigBroken, match="listener In: certificate Own"):
        tls(config("Own", str(tmp_path / "gone.pem"), CERTIFICATE))
    with pytest.raises(ValueError, match="no certificate Other"):
        config("Other")


def test_rollover_is_of_the_subscription() -> None:
    logs = [{"log_name": "m", "log_type": "mail", "rollover_size": 204_800, "maximum_files": 3}]
    of = config("", log_subscriptions=logs)
    assert rollover(of, LogType.MAIL) == (204_800, 3)
    assert rollover(of, LogType.BOUNCE) == (SIZE, KEEP)
