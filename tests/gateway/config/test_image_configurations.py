"""The configurations that come with the image builder are ones that the service takes."""

from gateway.config.xml import loads
from image.build import DEFINITIONS
from image.qemu.trial import DOMAIN, HOST_SEEN_BY_GUEST, configuration


def test_first_configuration_answers_and_accepts_nothing() -> None:
    config = loads((DEFINITIONS / "mkosi.extra/usr/share/mailward/config.xml").read_bytes())
    (listener,) = config.listeners
    assert (listener.port, listener.accepted_domains) == (25, [])


def test_trial_configuration_relays_to_the_host() -> None:
    config = loads(configuration(2626).encode())
    assert config.listeners[0].accepted_domains == [DOMAIN]
    assert [(host.hostname, host.port) for host in config.smtp_routes[0].hosts] == [
        (HOST_SEEN_BY_GUEST, 2626)
    ]
