"""The order of steps, who is told what, and how a failure is undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.apply.applier import LiveApplier, apply_at_boot
from gateway.apply.errors import NotPossibleHere, StepFailed
from gateway.apply.machine import Machine
from gateway.apply.ports import find_ports
from gateway.apply.writer import Writer
from gateway.config.errors import ConfigBroken
from gateway.config.model import Config
from tests.gateway.apply.made import AWAY, MACHINE, SMALL, MailService, Recorded, config, interface, site

HERE = Machine(MACHINE.cards, MACHINE.port_names)


def quiet(config: Config) -> None:
    return


def applier(
    root: Path, programs: Recorded | None = None, service: MailService | None = None
) -> tuple[LiveApplier, Recorded, MailService]:
    programs, service = programs or Recorded(), service or MailService()
    return LiveApplier(Writer(root), programs, service, lambda config: HERE, quotas=quiet), programs, service


def start(root: Path, of: Config = SMALL) -> None:
    assert apply_at_boot(of, Writer(root), Recorded(), HERE) == ()


@pytest.fixture(autouse=True)
def no_ftp_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """The image's groups are not on a test machine."""
    import os

    monkeypatch.setattr("gateway.apply.writer._gid", lambda group: os.getgid())
    monkeypatch.setattr("gateway.apply.writer._uid", lambda owner: os.getuid())
    monkeypatch.setattr("os.chown", lambda *arguments: None)


def test_only_those_concerned_are_told(tmp_path: Path) -> None:
    start(tmp_path)
    apply, programs, service = applier(tmp_path)
    apply.apply(SMALL, config(dns={"servers": [{"ip": "192.0.2.53"}]}))
    assert programs.calls == ["systemctl restart systemd-resolved.service"]
    assert service.asked == ["reload"]


def test_a_user_needs_nobody_told(tmp_path: Path) -> None:
    start(tmp_path)
    apply, programs, _ = applier(tmp_path)
    apply.apply(SMALL, config(users=[{"user_name": "ann", "role": "operator"}]))
    assert programs.calls == []
    assert (tmp_path / "run/userdb/ann.user").exists()


def test_the_order_of_a_change_of_everything(tmp_path: Path) -> None:
    start(tmp_path)
    apply, programs, _ = applier(tmp_path)
    apply.apply(SMALL, site())
    assert programs.calls == [
        "udevadm control --reload",
        "udevadm trigger --action=add --subsystem-match=net --settle",
        "networkctl reload",
        "systemctl restart systemd-resolved.service",
        "systemctl restart systemd-timesyncd.service",
        "sshd -t",
        "systemctl reload ssh.service",
        "systemctl restart mailward-ftp.service",
        "systemctl try-restart mailward.service",
    ]


def test_a_pair_that_goes_is_taken_apart(tmp_path: Path) -> None:
    start(tmp_path, site())
    apply, programs, _ = applier(tmp_path)
    apply.apply(site(), site().model_copy(update={"vlans": [], "nic_pairs": [], "ip_interfaces": []}))
    names = sorted(find_ports(site(), HERE).devices[name] for name in ("Dmz", "A_pair_with_a_long_name"))
    deleted = [f"-networkctl delete {name}" for name in names]
    assert [call for call in programs.calls if "networkctl" in call] == [*deleted, "networkctl reload"]


def test_nothing_believed_nothing_disturbed(tmp_path: Path) -> None:
    """After an interrupted commit all are told, but mail is not stopped for what did not change."""
    start(tmp_path)
    apply, programs, service = applier(tmp_path)
    apply.apply(None, SMALL)
    assert "systemctl reload ssh.service" in programs.calls
    assert "systemctl try-restart mailward.service" not in programs.calls
    assert service.asked == ["reload"]


def test_a_step_that_fails_is_undone_and_told(tmp_path: Path) -> None:
    start(tmp_path)
    old = snapshot(tmp_path)
    apply, programs, service = applier(tmp_path, Recorded("sshd -t", once=True))
    new = config(ssh={"port": 2222}, dns={"servers": [{"ip": "192.0.2.53"}]})
    with pytest.raises(StepFailed, match="SSH server") as caught:
        apply.apply(SMALL, new)
    assert "sshconfig" in caught.value.hint()
    assert snapshot(tmp_path) == old
    assert programs.calls == [
        "systemctl restart systemd-resolved.service",
        "sshd -t",
        "systemctl restart systemd-resolved.service",
        "sshd -t",
        "systemctl reload ssh.service",
    ]
    assert service.asked == [], "the mail service was never told"


def test_a_mail_service_that_refuses_undoes_the_rest(tmp_path: Path) -> None:
    start(tmp_path)
    old = snapshot(tmp_path)
    refusal = ConfigBroken(path="configuration", problems="listener Outside: certificate", count=1)
    apply, programs, _ = applier(tmp_path, service=MailService(refusal))
    with pytest.raises(StepFailed, match="mail service"):
        apply.apply(SMALL, config(hostname="other.example.com"))
    assert snapshot(tmp_path) == old
    assert programs.calls == ["hostname --file /run/mailward-config/hostname"] * 2


def test_a_mail_service_that_is_away_reads_it_when_it_comes(tmp_path: Path) -> None:
    start(tmp_path)
    apply, _, service = applier(tmp_path, service=MailService(AWAY))
    apply.apply(SMALL, config(hostname="other.example.com"))
    assert service.asked == ["reload"]


def test_what_the_machine_cannot_do_is_refused_before_anything(tmp_path: Path) -> None:
    start(tmp_path)
    old = snapshot(tmp_path)
    apply, programs, _ = applier(tmp_path)
    with pytest.raises(NotPossibleHere, match="no port Data 9"):
        apply.apply(SMALL, config(ip_interfaces=[interface(port_name="Data 9")]))
    assert (snapshot(tmp_path), programs.calls) == (old, [])


def test_what_it_could_not_do_before_does_not_stop_other_changes(tmp_path: Path) -> None:
    lost = config(ip_interfaces=[interface(port_name="Data 9")])
    assert apply_at_boot(lost, Writer(tmp_path), Recorded(), HERE) != ()
    apply, _, service = applier(tmp_path)
    apply.apply(lost, lost.model_copy(update={"hostname": "other.example.com"}))
    assert service.asked == ["reload"]


def test_at_boot_the_rest_is_done(tmp_path: Path) -> None:
    """Services start after us: only what is there already is told, and not waited for."""
    programs = Recorded("hostname")
    problems = apply_at_boot(site(), Writer(tmp_path), programs, HERE)
    assert len(problems) == 1 and "host name" in problems[0]
    assert "systemctl --no-block restart systemd-timesyncd.service" in programs.calls
    assert not [call for call in programs.calls if "ssh" in call or "mailward" in call.split()]
    assert (tmp_path / "run/systemd/network/10-ens3.network").exists()


def snapshot(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    }
