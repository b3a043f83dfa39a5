"""Files of other machines, other releases, of before, and parts."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.config import edit, xml
from gateway.config.adjust import NoticeKind
from gateway.config.elements.delivery import SourceRule
from gateway.config.elements.logs import LogSubscription, LogType, Retrieval, SyslogProtocol
from gateway.config.elements.network import IpInterface
from gateway.config.elements.policies import MessageFilter
from gateway.config.errors import (
    BadName,
    ConfigBroken,
    Masked,
    NetworkQuestion,
    NotDecrypted,
    OtherMajor,
)
from gateway.config.loading import Loaded, Loading, Network
from gateway.config.machine import Machine, identify
from gateway.config.model import Config
from gateway.config.saving import Saving
from gateway.config.secrets import Opener, Passwords
from tests.gateway.config.made import BEGIN

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OURS = Machine("C100V", "VMW42", "14.2.3-031")
HARDWARE = Machine("C190", "FCH1234", "14.2.3-031")
DATA1 = IpInterface(interface_name="Data1", ipv4="10.0.0.5", hostname="old.example.com")
RUNNING = edit.add(
    BEGIN,
    ("ip_interfaces",),
    IpInterface(interface_name="Management", ipv4="10.9.9.9", hostname="mx.example.com"),
)
FILED = edit.update(
    BEGIN,
    (),
    hostname="old.example.com",
    ip_interfaces=[DATA1],
    source_rules=[SourceRule(match="@a.example", interface_name="Data1")],
    log_subscriptions=[LogSubscription(log_name="mail", log_type=LogType.MAIL, passphrase="s3cret")],
)


def saved(config: Config = FILED, machine: Machine = OURS, passwords: Passwords = Passwords.PLAIN) -> bytes:
    return Saving(machine, NOW, passwords, b"family").text(config)


def load(
    text: bytes, *, partial: bool = False, network: Network | None = None, passphrase: str = ""
) -> Loaded:
    opener = Opener(b"family", passphrase=passphrase)
    return Loading(OURS, RUNNING, opener, NOW, partial, network).load(text)


def test_the_header_is_the_incumbents() -> None:
    lines = saved().decode("iso-8859-1").splitlines()
    assert lines[:9] == [
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
        '<!DOCTYPE config SYSTEM "config.dtd">',
        "<!--",
        "  Product: Mailward Email Security Appliance",
        "  Model Number: C100V",
        "  Version: 14.2.3-031",
        "  Serial Number: VMW42",
        "  Current Time: Fri Jan 02 03:04:05 2026",
        "-->",
    ]
    assert lines[9] == "<config>"


def test_other_characters_are_references() -> None:
    text = saved(edit.update(FILED, ("admin_access",), banner="grüße €"))
    assert b"gr\xfc\xdfe &#8364;" in text
    assert load(text).config.admin_access.banner == "grüße €"


def test_a_serial_number_cannot_end_the_comment() -> None:
    text = Saving(Machine("C1", "--><config/>", "14.2.3-031"), NOW, Passwords.PLAIN).text(FILED)
    assert xml.loads(text) == FILED


def test_names_of_files(tmp_path: Path) -> None:
    saving = Saving(OURS, NOW)
    assert saving.save(FILED, tmp_path).name == "C100V-VMW42-20260102T030405.xml"
    assert OURS.file_name(NOW, version="14.2.1-020") == "C100V-VMW42-20260102T030405-14.2.1-020.xml"
    assert saving.save(FILED, tmp_path, "mine.xml").name == "mine.xml"
    for name in ("config.xml", "../x.xml", "a.txt", ".x.xml", "a/b.xml"):
        with pytest.raises(BadName):
            saving.save(FILED, tmp_path, name)


def test_this_machine_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/os-release").write_text('IMAGE_VERSION="14.2.3-031"\n')
    (tmp_path / "sys/class/dmi/id").mkdir(parents=True)
    (tmp_path / "sys/class/dmi/id/product_serial").write_text("VMware-42 1a\n")
    machine = identify(tmp_path)
    assert (machine.serial, machine.version) == ("VMware421a", "14.2.3-031")
    (tmp_path / "sys/class/dmi/id/product_serial").write_text("Not Specified\n")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    assert identify(tmp_path).serial == "0123456789AB"


def test_our_own_file_is_taken_as_it_is() -> None:
    loaded = load(saved())
    assert (loaded.config, loaded.notices) == (FILED, ())


def test_masked_files_say_so() -> None:
    text = saved(passwords=Passwords.MASKED)
    assert b"s3cret" not in text
    with pytest.raises(Masked, match="saved with masked passwords"):
        load(text)


def test_encrypted_files_load() -> None:
    text = saved(passwords=Passwords.ENCRYPTED)
    assert b"s3cret" not in text
    assert load(text).config == FILED
    by_phrase = Saving(OURS, NOW, Passwords.ENCRYPTED, passphrase="word").text(FILED)
    assert load(by_phrase, passphrase="word").config == FILED
    with pytest.raises(NotDecrypted):
        load(by_phrase)


def test_hardware_to_virtual_asks_about_the_network() -> None:
    """U8."""
    text = saved(machine=HARDWARE)
    with pytest.raises(NetworkQuestion, match="of a C190 with serial FCH1234, this is a C100V"):
        load(text)
    assert load(text, network=Network.TAKE).config == FILED
    kept = load(text, network=Network.KEEP)
    assert kept.config.hostname == RUNNING.hostname
    assert kept.config.ip_interfaces == RUNNING.ip_interfaces
    assert kept.config.log_subscriptions == FILED.log_subscriptions
    assert kept.config.source_rules == []
    assert [str(notice) for notice in kept.notices] == [
        "source_rules/@a.example is dropped: this machine has no interface Data1"
    ]


def test_a_listener_on_an_address_of_the_other_machine_is_told() -> None:
    text = saved(edit.update(FILED, ("listeners", "InboundMail"), ip="10.0.0.5"), HARDWARE)
    notices = load(text, network=Network.KEEP).notices
    assert any("listens on 10.0.0.5" in notice.text for notice in notices)


@pytest.mark.parametrize("version", ["13.5.4-038", "15.0.0-001"])
def test_another_major_is_refused(version: str) -> None:
    """U14."""
    with pytest.raises(OtherMajor, match=f"of release {version}, and this is 14.2.3-031"):
        load(saved(machine=Machine("C100V", "VMW42", version)))


@pytest.mark.parametrize("version", ["14.0.0-698", "14.2.1-020", "14.3.0-001"])
def test_another_minor_is_taken_and_told(version: str) -> None:
    """U14."""
    (notice,) = load(saved(machine=Machine("C100V", "VMW42", version))).notices
    assert (notice.kind, version in notice.text) == (NoticeKind.REVIEW, True)


def test_what_another_release_has_and_this_one_has_not_is_told_with_the_release() -> None:
    text = saved(machine=Machine("C100V", "VMW42", "14.3.0-001")).replace(
        b"<fips_mode>no</fips_mode>", b"<fips_modus>no</fips_modus>"
    )
    with pytest.raises(ConfigBroken, match=r"of release 14.3.0-001\) is not usable: line \d+: <fips_modus>"):
        load(text)


def test_a_file_without_header_is_taken_for_ours() -> None:
    loaded = load(xml.dumps(BEGIN), network=Network.TAKE)
    assert loaded.config == BEGIN
    assert "does not say its release" in loaded.notices[0].text


def test_a_part_leaves_the_rest() -> None:
    text = b"<config><dictionary_limit>120</dictionary_limit></config>"
    loaded = load(text, partial=True)
    assert loaded.config == edit.update(RUNNING, (), dictionary_limit=120)
    with pytest.raises(ConfigBroken, match="hostname> is missing"):
        load(text)
    with pytest.raises(ConfigBroken, match="no ip_interface Nowhere"):
        load(
            b"<config><source_rules><source_rule><match>@a.example</match><interface_name>Nowhere"
            b"</interface_name></source_rule></source_rules></config>",
            partial=True,
        )


@functools.cache
def authority(name: str, *, ca: bool | None = True, days: int = 100) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1000))
        .not_valid_after(NOW + timedelta(days=days))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def test_authorities_that_are_none_are_dropped() -> None:
    """U19."""
    good, old, leaf = authority("Good"), authority("Old", days=-1), authority("Leaf", ca=False)
    without = authority("Ancient", ca=None)
    config = edit.update(FILED, ("certificate_authorities",), authorities=[good, old, leaf + good, without])
    config = edit.update(config, ("updates",), trusted_certificates=[leaf])
    loaded = load(saved(config))
    assert loaded.config.certificate_authorities.authorities == [good.strip(), good.strip()]
    assert loaded.config.updates.trusted_certificates == []
    assert [str(notice) for notice in loaded.notices] == [
        "CA certificate CN=Old expired on 2026-01-01",
        "CA certificate CN=Leaf is not marked as an authority (CA:FALSE)",
        "CA certificate CN=Ancient is not marked as an authority (CA:FALSE)",
        "CA certificate CN=Leaf is not marked as an authority (CA:FALSE)",
    ]


def test_buffers_over_a_gigabyte_are_reduced() -> None:
    """U20."""
    log = LogSubscription(
        log_name="far",
        log_type=LogType.MAIL,
        retrieval=Retrieval.SYSLOG,
        host="h",
        protocol=SyslogProtocol.TCP,
        disk_buffer=1 << 30,
    )
    text = saved(edit.update(FILED, (), log_subscriptions=[log])).replace(b">1073741824<", b"> 5368709120 <")
    loaded = load(text)
    assert loaded.config.log_subscriptions == [log]
    (notice,) = loaded.notices
    assert notice.kind is NoticeKind.CHANGED
    assert str(notice) == "log subscription far buffers 1 GiB on the disk; it was 5 GiB"


def test_text_resources_with_spaces_are_carried_over() -> None:
    """U23."""
    resource = b"<text_resource><text_name>old name</text_name><text>t</text></text_resource>"
    text = b"<config><text_resources>" + resource + b"</text_resources></config>"
    loaded = load(text, partial=True)
    assert loaded.config.text_resources[0].text_name == "old name"
    assert any(n.element == "text resource old name" and "rename it" in n.text for n in loaded.notices)


def test_the_web_timeout_is_kept() -> None:
    """U22."""
    old = Machine("C100V", "VMW42", "14.0.0-698")
    assert (
        load(
            saved(edit.update(FILED, ("admin_access",), web_timeout=90), old)
        ).config.admin_access.web_timeout
        == 90
    )
    silent = saved(machine=old).replace(b"<web_timeout>5</web_timeout>", b"")
    assert load(silent).config.admin_access.web_timeout == 30
    assert load(silent.replace(b"14.0.0-698", b"14.2.0-620")).config.admin_access.web_timeout == 5


def test_filters_of_before_name_the_new_verdicts() -> None:
    """U21: what an upgrade from there would do."""
    rule = MessageFilter(filter_name="f", rule="if (sdr-reputation (['awful'])) { drop(); }")
    text = saved(edit.update(FILED, (), message_filters=[rule]), Machine("C100V", "VMW42", "14.0.0-698"))
    loaded = load(text)
    assert "['untrusted']" in loaded.config.message_filters[0].rule
    assert {notice.migration for notice in loaded.notices} == {"", "sdr-verdicts"}
    assert load(text.replace(b"14.0.0-698", b"14.2.1-020")).config.message_filters == [rule]


def test_users_twice_in_a_mail_policy_are_refused() -> None:
    """G21."""
    user = b"<user><senders><sender>a@b.example</sender></senders><recipients/></user>"
    text = (
        b"<config><incoming_policies><policy><policy_name>P</policy_name><users>" + user + user + b"</users>"
        b"</policy></incoming_policies></config>"
    )
    with pytest.raises(ConfigBroken, match=r"policy P has the user a@b.example to anybody twice"):
        load(text, partial=True)
