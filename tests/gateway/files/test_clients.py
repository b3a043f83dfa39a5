"""Real clients: OpenSSH's sftp, curl and lftp (U2)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.files.settings import FtpPlace, FtpSettings
from tests.gateway.files.test_crypt import KNOWN

pytestmark = pytest.mark.process
PASSWORD = "correct horse"
SESSION = """
import sys
from pathlib import Path
from gateway.files.area import Area
from gateway.files.sftp_session import serve
serve(Area(Path(sys.argv[1])), sys.stdin.buffer, sys.stdout.buffer, lambda text: print(text, file=sys.stderr))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "configuration"
    (root / "upgrade").mkdir(parents=True)
    (root / ".store").mkdir()
    (root / "config.xml").write_text("running")
    (root / "upgrade/14.2.3-031.xml").write_text("saved")
    return root


def wait_for(condition: object, seconds: float = 20) -> bool:
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.name != ".store")


# -- SFTP: the client starts our server itself, as sshd does


def sftp(tmp_path: Path, folder: Path, batch: str) -> subprocess.CompletedProcess[str]:
    program = tmp_path / "server"
    script = tmp_path / "session.py"
    script.write_text(SESSION)
    program.write_text(f"#!/bin/sh\nexec {sys.executable} {script} {folder}\n")
    program.chmod(0o755)
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    return subprocess.run(
        ["sftp", "-q", "-b", "-", "-D", str(program)],
        input=batch, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment,
    )  # fmt: skip


def test_sftp_brings_fetches_and_stays_inside(tmp_path: Path, folder: Path) -> None:
    big = os.urandom(3_000_000)
    (tmp_path / "big.xml").write_bytes(big)
    done = sftp(
        tmp_path,
        folder,
        "pwd\nls -l\nput big.xml\nget upgrade/14.2.3-031.xml got.xml\nls -1 /\nrename big.xml site.xml\n"
        "-put big.xml config.xml\n-get /etc/passwd passwd\n-get .store/state state\n-rm config.xml\n-mkdir sub\n"
        "-symlink /etc/passwd way\n-cd /etc\n",
    )
    assert done.returncode == 0, done.stderr
    assert "Remote working directory: /configuration" in done.stdout
    assert (folder / "site.xml").read_bytes() == big
    assert (tmp_path / "got.xml").read_text() == "saved"
    assert (folder / "config.xml").read_text() == "running"
    assert names(folder) == ["config.xml", "site.xml", "upgrade"]
    assert not (tmp_path / "passwd").exists()
    assert done.stderr.count("ermission denied") >= 2 and "No such file" in done.stderr + done.stdout


def test_an_sftp_client_that_dies_leaves_nothing(tmp_path: Path, folder: Path) -> None:
    script, program, pipe = tmp_path / "session.py", tmp_path / "server", tmp_path / "slow.xml"
    script.write_text(SESSION)
    program.write_text(f"#!/bin/sh\nexec {sys.executable} {script} {folder}\n")
    program.chmod(0o755)
    pipe.write_bytes(os.urandom(200_000_000))
    client = subprocess.Popen(
        ["sftp", "-q", "-b", "-", "-l", "8000", "-D", str(program)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert client.stdin is not None
    client.stdin.write(b"put slow.xml\n")
    client.stdin.flush()
    assert wait_for(lambda: any(name.startswith(".upload") for name in names(folder)))
    client.kill()
    client.wait()
    assert wait_for(lambda: names(folder) == ["config.xml", "upgrade"]), names(folder)


# -- FTP


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(tmp_path: Path, folder: Path, **changes: object) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    values: dict[str, object] = {"allow_plain": False, "allowed_hosts": (), **changes}
    told = FtpSettings((FtpPlace("127.0.0.1"),), port, users={"ann": KNOWN[0]}, **values)  # type: ignore[arg-type]
    settings = tmp_path / "ftp.json"
    settings.write_text(told.dump())
    words = [sys.executable, "-m", "mailward", "files", "ftp"]
    words += ["--settings", str(settings), "--folder", str(folder), "--state", str(tmp_path)]
    log = (tmp_path / "ftp.log").open("wb")
    process = subprocess.Popen(words, stdout=log, stderr=log)

    def up() -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    assert wait_for(up), (tmp_path / "ftp.log").read_text()
    return process, port


@pytest.fixture
def ftp(tmp_path: Path, folder: Path) -> Iterator[int]:
    process, port = start(tmp_path, folder)
    yield port
    process.terminate()
    process.wait()


def curl(
    port: int, *words: str, user: str = f"ann:{PASSWORD}", tls: bool = True
) -> subprocess.CompletedProcess[str]:
    secure = ["--ssl-reqd", "--insecure"] if tls else []
    return subprocess.run(
        ["curl", "-sS", "--max-time", "40", *secure, "--user", user, *words[:-1], f"ftp://127.0.0.1:{port}/{words[-1]}"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_curl_over_tls(tmp_path: Path, folder: Path, ftp: int) -> None:
    big = os.urandom(3_000_000)
    (tmp_path / "big.xml").write_bytes(big)
    put = curl(ftp, "-T", str(tmp_path / "big.xml"), "configuration/site.xml")
    assert put.returncode == 0, put.stderr
    assert (folder / "site.xml").read_bytes() == big
    assert curl(ftp, "configuration/upgrade/14.2.3-031.xml").stdout == "saved"
    listed = curl(ftp, "--list-only", "configuration/").stdout.split()
    assert listed == ["config.xml", "site.xml", "upgrade"]
    for target in (
        "configuration/config.xml",
        "configuration/upgrade/x.xml",
        "etc/x",
        "configuration/.store/x",
    ):
        assert curl(ftp, "-T", str(tmp_path / "big.xml"), target).returncode != 0, target
    assert curl(ftp, "etc/passwd").returncode != 0
    assert curl(ftp, "--path-as-is", "configuration/../../etc/passwd").returncode != 0
    assert (folder / "config.xml").read_text() == "running"
    assert names(folder) == ["config.xml", "site.xml", "upgrade"]


def test_no_password_goes_in_the_clear(tmp_path: Path, folder: Path, ftp: int) -> None:
    refused = curl(ftp, "configuration/", tls=False)
    assert refused.returncode != 0 and "530" not in refused.stdout
    assert "SSL/TLS required" in curl(ftp, "-v", "configuration/", tls=False).stderr


def test_where_plain_is_allowed(tmp_path: Path, folder: Path) -> None:
    process, port = start(tmp_path, folder, allow_plain=True)
    try:
        assert "upgrade" in curl(port, "configuration/", tls=False).stdout
        assert "upgrade" in curl(port, "configuration/", tls=True).stdout
    finally:
        process.terminate()
        process.wait()


def test_wrong_passwords_and_strangers(ftp: int) -> None:
    for user in ("ann:wrong", f"bob:{PASSWORD}", "anonymous:a@b", "root:"):
        assert curl(ftp, "configuration/", user=user).returncode == 67, user


def test_hosts_that_are_not_allowed(tmp_path: Path, folder: Path) -> None:
    process, port = start(tmp_path, folder, allowed_hosts=("192.0.2.0/24",))
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
            said = b""
            while chunk := sock.recv(512):
                said += chunk
        assert b"421 Not from here." in said
    finally:
        process.terminate()
        process.wait()


@pytest.mark.skipif(shutil.which("lftp") is None, reason="no lftp here")
def test_lftp_over_tls(tmp_path: Path, folder: Path, ftp: int) -> None:
    (tmp_path / "site.xml").write_text("from lftp")
    script = (
        "set ssl:verify-certificate no; set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set net:timeout 20; "
        f"set net:max-retries 1; open -u 'ann,{PASSWORD}' -p {ftp} 127.0.0.1; cd configuration; put site.xml; cls -1; "
        "get upgrade/14.2.3-031.xml -o got.xml; mv site.xml named.xml; rm named.xml; put site.xml; bye"
    )
    done = subprocess.run(["lftp", "-c", script], capture_output=True, text=True, timeout=90, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (folder / "site.xml").read_text() == "from lftp"
    assert (tmp_path / "got.xml").read_text() == "saved"
    assert names(folder) == ["config.xml", "site.xml", "upgrade"]


@pytest.mark.parametrize("tls", [True, False])
def test_an_ftp_upload_that_is_cut_leaves_nothing(tmp_path: Path, folder: Path, tls: bool) -> None:
    process, port = start(tmp_path, folder, allow_plain=True)
    try:
        (tmp_path / "slow.xml").write_bytes(os.urandom(50_000_000))
        secure = ["--ssl-reqd", "--insecure"] if tls else []
        client = subprocess.Popen(
            ["curl", "-sS", *secure, "--limit-rate", "500K", "--user", f"ann:{PASSWORD}"]
            + ["-T", str(tmp_path / "slow.xml"), f"ftp://127.0.0.1:{port}/configuration/slow.xml"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert wait_for(lambda: any(name.startswith(".upload") for name in names(folder)))
        client.kill()
        client.wait()
        assert wait_for(lambda: names(folder) == ["config.xml", "upgrade"]), names(folder)
    finally:
        process.terminate()
        process.wait()
