"""A site's appliance, from a NoCloud seed to a commit that takes itself back (issue 5: A1, A4, A8, U2).

One boot for all of it; the steps build on each other and are one test each, so that a failure says where.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from image.password import hashed
from image.qemu import trial
from image.qemu.accel import detect
from image.qemu.console import Console
from image.qemu.machine import FIRMWARE, Machine, Spec
from tests.appliance.conftest import LOGIN_SECONDS, RACK_SERVER

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900)]
FIRST, SECOND = "52:54:00:12:34:56", "52:54:00:12:34:57"  # QEMU's own for the first card and the next
ADDRESS = "10.0.2.15"  # where QEMU's forwarded ports lead


@dataclass
class Site:
    console: Console
    ssh_port: int
    key: Path

    def run(self, command: str, *, deadline: float = 120, check: bool = True) -> str:
        return self.console.run(command, deadline=deadline, check=check).output

    def ssh(self, user: str, command: str) -> subprocess.CompletedProcess[str]:
        """What `ssh HOST COMMAND` says."""
        words = ["ssh", *self._options(), "-p", str(self.ssh_port), f"{user}@127.0.0.1", command]
        return subprocess.run(words, capture_output=True, text=True, timeout=180, check=False)

    def sftp(self, user: str, batch: str) -> subprocess.CompletedProcess[str]:
        words = ["sftp", *self._options(), "-P", str(self.ssh_port), "-b", "-", f"{user}@127.0.0.1"]
        return subprocess.run(words, input=batch, capture_output=True, text=True, timeout=180, check=False)

    def _options(self) -> list[str]:
        said = (
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "ConnectTimeout=90",
            "LogLevel=ERROR",
        )
        return [
            *(word for option in (*said, "BatchMode=yes") for word in ("-o", option)),
            "-i",
            str(self.key),
        ]


def user_data(password: str, key: str, relay: int) -> str:
    """JSON is YAML."""
    return "#cloud-config\n" + json.dumps(
        {
            "fqdn": "first.mailward.example",
            "timezone": "Europe/Berlin",
            "ntp": {"servers": ["10.0.2.2"]},
            "users": [
                {
                    "name": "admin",
                    "lock_passwd": False,
                    "passwd": hashed(password),
                    "ssh_authorized_keys": [key],
                },
                {"name": "ann", "groups": "mailward-operator", "ssh_authorized_keys": [key]},
                {"name": "hal", "groups": "mailward-helpdesk", "ssh_authorized_keys": [key]},
            ],
            "write_files": [{"path": "/configuration/config.xml", "content": trial.configuration(relay)}],
            "packages": ["vim"],
        }
    )


NETWORK = f"""
version: 2
ethernets:
  lan:
    match: {{macaddress: "{FIRST}"}}
    addresses: [{ADDRESS}/24]
    gateway4: 10.0.2.2
    nameservers: {{addresses: [10.0.2.3]}}
  dmzport:
    match: {{macaddress: "{SECOND}"}}
vlans:
  dmz: {{id: 120, link: dmzport, addresses: [198.51.100.2/28]}}
"""


def seed_volume(folder: Path, files: dict[str, str]) -> Path:
    volume = folder / "seed.img"
    with volume.open("wb") as file:
        file.truncate(4 << 20)
    subprocess.run(["mkfs.vfat", "-n", "CIDATA", volume], check=True, capture_output=True)
    for name, content in files.items():
        (folder / name).write_text(content)
        subprocess.run(["mcopy", "-i", volume, folder / name, f"::{name}"], check=True)
    return volume


@pytest.fixture(scope="module")
def site(
    image: Path, logs: Path, ssh_key: Path, password: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    key = ssh_key.with_suffix(".pub").read_text().strip()
    with trial.sink() as relay:
        files = {
            "user-data": user_data(password, key, relay.port),
            "meta-data": "",
            "network-config": NETWORK,
        }
        volume = seed_volume(tmp_path_factory.mktemp("seed"), files)
        ssh_port = trial.free_port()
        spec = Spec(image, detect(FIRMWARE), forwards={ssh_port: 22})
        spec = replace(
            spec,
            extra=(
                *RACK_SERVER,
                *("-drive", f"file={volume},format=raw,if=virtio,readonly=on"),
                *("-netdev", "user,id=net1,net=10.9.0.0/24", "-device", "virtio-net-pci,netdev=net1"),
            ),
        )
        machine = Machine(spec, logs / "configuration")
        console = machine.start()
        with machine:
            console.expect("first configuration: from the NoCloud seed", LOGIN_SECONDS)
            console.login("admin", password, deadline=LOGIN_SECONDS)
            yield Site(console, ssh_port, ssh_key)
        machine.disk.unlink()


def test_the_seed_is_what_runs(site: Site) -> None:
    assert site.run("hostname") == "first.mailward.example"
    assert "passed over: packages" in site.run("journalctl -b -u mailward-apply -o cat")
    addresses = {
        address["local"]: link["ifname"]
        for link in json.loads(site.run("ip -json address"))
        for address in link["addr_info"]
    }
    assert ADDRESS in addresses
    assert addresses["198.51.100.2"] == "vlan-dmz"
    assert "id 120" in site.run("ip -details link show vlan-dmz")
    assert "default via 10.0.2.2" in site.run("ip route")
    assert "10.0.2.3" in site.run("resolvectl dns")
    assert "10.0.2.2" in site.run(
        "timedatectl show-timesync --property=SystemNTPServers --property=ServerName"
    )
    assert site.run("date +%Z") in ("CET", "CEST")
    assert "10.0.2.15" not in site.run("cat /run/systemd/netif/leases/* 2>/dev/null || true"), (
        "no DHCP is asked"
    )
    assert site.run("findmnt /run/mailward-config/seed || true") == "", "the volume was let go"


def test_roles_over_ssh(site: Site) -> None:
    """The login shell is the console; a command after `ssh` is one of it, held to the role."""
    assert json.loads(site.ssh("ann", "whoami --json").stdout) == {"user_name": "ann", "role": "operator"}
    assert json.loads(site.ssh("admin", "mailward status --json").stdout)
    refused = site.ssh("hal", "sethostname evil.example.com")
    assert refused.returncode == 3 and "helpdesk" in refused.stderr
    for escape in ("sh -c id", "whoami; id", "$(id)", "shell"):
        said = site.ssh("hal", escape)
        assert said.returncode != 0 and "uid=" not in said.stdout, escape
    assert site.run("sudo -u ann sudo -n id 2>&1 || true").count("uid=0") == 0
    assert site.ssh("root", "whoami").returncode == 255


def test_sftp_is_for_administrators_and_shows_one_folder(site: Site, tmp_path: Path) -> None:
    (tmp_path / "site.xml").write_text("<config/>")
    batch = f"put {tmp_path}/site.xml\nls -1\nget config.xml {tmp_path}/got.xml\n-get /etc/passwd {tmp_path}/passwd\n"
    done = site.sftp("admin", batch + f"-put {tmp_path}/site.xml config.xml\n-ls /var\n")
    assert done.returncode == 0, done.stderr
    assert "first.mailward.example" in (tmp_path / "got.xml").read_text()
    assert not (tmp_path / "passwd").exists()
    assert "Permission denied" in done.stderr
    assert site.run("stat -c '%U:%G %a' /configuration/site.xml") == "mailward-files:mailward 640"
    assert "first.mailward.example" in site.run("cat /configuration/config.xml")
    assert site.sftp("ann", "ls\n").returncode != 0
    assert "uploaded" in site.run("journalctl -b -o cat -g 'admin: uploaded /configuration/site.xml'")


def test_a_commit_is_live(site: Site) -> None:
    for command in (
        "sethostname second.mailward.example",
        "dnsconfig new 10.0.2.4",
        "userconfig new bob role=readonly",
        "interfaceconfig edit Management ftp=yes",
    ):
        site.run(f"printf 'Correct9Horse\\nCorrect9Horse\\n' | mailward {command}")  # a new user's passphrase
    started = time.monotonic()
    site.run("mailward commit 'a second name'")
    print(f"commit took {time.monotonic() - started:.1f} s")
    assert site.run("hostname") == "second.mailward.example"
    assert "10.0.2.4" in site.run("resolvectl dns")
    assert "mailward-readonly" in site.run("id bob")
    assert (
        site.run("systemctl is-active mailward mailward-ftp ssh systemd-networkd").split() == ["active"] * 4
    )


FTP = """
import ftplib, io
client = ftplib.FTP_TLS()
client.connect("10.0.2.15", 21, timeout=60)
print(client.getwelcome())
try:
    plain = ftplib.FTP("10.0.2.15", timeout=60)
    plain.login("admin", "{password}")
    print("PLAIN")
except ftplib.error_perm as error:
    print(error)
client.login("admin", "{password}")
client.prot_p()
client.cwd("configuration")
client.storbinary("STOR ftp.xml", io.BytesIO(b"x" * 300000))
print(sorted(client.nlst()))
client.quit()
"""


def test_ftp_takes_what_is_put_over_tls(site: Site, password: str) -> None:
    script = FTP.format(password=password)
    site.run(f"cat >/run/ftp-test.py <<'END'\n{script}\nEND")
    said = site.run("python3 /run/ftp-test.py")
    assert "PLAIN" not in said and "TLS required" in said
    assert "ftp.xml" in said and ".store" not in said
    assert site.run("stat -c '%s %U' /configuration/ftp.xml") == "300000 mailward-files"
    verdict = site.run("systemd-analyze security --no-pager mailward-ftp.service | tail -n 1", deadline=180)
    assert float(verdict.split(":")[1].split()[0]) <= 2.0, verdict


def test_what_cuts_off_is_taken_back(site: Site) -> None:
    site.run("mailward sshconfig sshd port=2222 && mailward commit --confirm 25 elsewhere")
    assert ":2222" in site.run("ss -Hltn")
    assert site.ssh("ann", "whoami").returncode == 255, "nobody is at port 22 now"
    end = time.monotonic() + 120
    while ":2222" in site.run("ss -Hltn") and time.monotonic() < end:
        time.sleep(3)
    assert ":22 " in site.run("ss -Hltn")
    assert site.ssh("ann", "whoami").returncode == 0
    assert "nobody confirmed the commit of root" in site.run("journalctl -b -o cat -u mailward-unconfirmed")
    assert "second.mailward.example" in site.run("cat /configuration/config.xml")


def test_no_unit_failed(site: Site) -> None:
    site.run("timeout 240 systemctl is-system-running --wait", deadline=250, check=False)
    assert site.run("systemctl list-units --failed --plain --no-legend") == ""
    print(site.run("systemd-analyze blame --no-pager | head -n 12"))
    print(site.run("systemd-analyze critical-chain --no-pager mailward.service"))
