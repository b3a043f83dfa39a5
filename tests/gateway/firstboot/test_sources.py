"""Which source is taken, and what happens to a bad one."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.config.model import Config
from gateway.firstboot.errors import BadSeed
from gateway.firstboot.first import first_configuration, write_first
from gateway.firstboot.netplan import Cards
from gateway.firstboot.seed import Seed
from gateway.firstboot.sources import Surroundings, find_seed
from gateway.firstboot.volumes import RealVolumes, Volume, read_files
from tests.gateway.apply.test_plan import FACTORY
from tests.gateway.firstboot.test_ovf import environment

XML = "<config><hostname>{}.example.com</hostname></config>"


class Plugged:
    """Volumes by label."""

    def __init__(self, **labels: dict[str, bytes]) -> None:
        self.labels = {label.replace("_", " "): files for label, files in labels.items()}
        self.asked: list[str] = []

    def read(self, label: str, names: Sequence[str]) -> Volume | None:
        self.asked.append(label)
        files = self.labels.get(label)
        return None if files is None else Volume(label, {k: v for k, v in files.items() if k in names})


def find(root: Path, volumes: Plugged) -> Seed | None:
    return find_seed(Surroundings(root, volumes, lambda: Cards({"ens3": "Management"})))


STICK = {"config.xml": XML.format("stick").encode()}
CIDATA = {"user-data": b"#cloud-config\nfqdn: cloud.example.com\n", "meta-data": b""}
OVF = {"ovf-env.xml": environment(("mailward.hostname", "ovf.example.com"))}
EMPTY = {"ovf-env.xml": environment(("mailward.model", "C100V"))}


def test_the_order(tmp_path: Path) -> None:
    plugged = Plugged(OVF_ENV=OVF, cidata=CIDATA, MAILWARD=STICK)
    folder = tmp_path / "run/credentials/@system"
    folder.mkdir(parents=True)
    (folder / "mailward.configuration").write_text(XML.format("credential"))
    sources = []
    for label in ("credential", "OVF ENV", "cidata", "MAILWARD"):
        seed = find(tmp_path, plugged)
        assert seed is not None
        sources.append(seed.source)
        (folder / "mailward.configuration").unlink(missing_ok=True)
        plugged.labels.pop(label, None)
    assert sources == ["credential mailward.configuration", "OVF properties", "NoCloud seed", "USB stick"]
    assert find(tmp_path, plugged) is None


def test_a_credential_needs_no_look_at_disks(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/credstore"
    folder.mkdir(parents=True)
    (folder / "mailward.configuration").write_text(XML.format("built-in"))
    plugged = Plugged(MAILWARD=STICK)
    assert find(tmp_path, plugged) is not None
    assert plugged.asked == []


def test_an_empty_dialogue_lets_the_next_have_its_say(tmp_path: Path) -> None:
    seed = find(tmp_path, Plugged(OVF_ENV=EMPTY, MAILWARD=STICK))
    assert seed is not None and seed.source == "USB stick"


def test_a_bad_one_is_not_made_up_for_by_the_next(tmp_path: Path) -> None:
    plugged = Plugged(cidata={"user-data": b"#cloud-config\nhostname: [1]\n"}, MAILWARD=STICK)
    first, seed = first_configuration(FACTORY, lambda: find(tmp_path, plugged))
    assert (first.source, seed) == ("release", None)
    assert "user-data/hostname must be a text" in first.notes[0]


@pytest.mark.parametrize(
    "content", [b"<config/>", b"<config><hostname>x y</hostname></config>", b"\xff\xfe", b""]
)
def test_a_bad_configuration_on_a_stick(tmp_path: Path, content: bytes) -> None:
    seed = Seed("USB stick", content or b" ")
    first, _ = first_configuration(FACTORY, lambda: seed)
    assert first.source == "release" and "USB stick" in first.notes[0]


def test_a_volume_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    class Broken(Plugged):
        def read(self, label: str, names: Sequence[str]) -> Volume | None:
            raise OSError("wrong fs type")

    with pytest.raises(BadSeed, match="wrong fs type"):
        find(tmp_path, Broken())


def test_what_is_written(tmp_path: Path) -> None:
    first, seed = first_configuration(FACTORY, lambda: Seed("test", hostname="mx.example.com", model="C300V"))
    write_first(tmp_path, first, seed)
    assert (tmp_path / "model").read_text() == "C300V\n"
    assert isinstance(first.config, Config) and b"mx.example.com" in (tmp_path / "config.xml").read_bytes()


def test_links_on_a_stick_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("theirs")
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "config.xml").symlink_to("../secret")
    (stick / "USER-DATA").write_text("#cloud-config")
    (stick / "other").write_text("x")
    assert read_files(stick, ("config.xml", "user-data")) == {"user-data": b"#cloud-config"}


MAKE = {
    "vfat": ("mkfs.vfat -n MAILWARD {image}", "mcopy -i {image} {file} ::CONFIG.XML"),
    "ext4": ("mkfs.ext4 -q -L MAILWARD -d {folder} {image}",),
}


@pytest.mark.process
@pytest.mark.parametrize("kind", MAKE)
def test_a_real_stick_is_mounted_and_let_go(tmp_path: Path, kind: str) -> None:
    """A volume on a loop device, where udev would have put its link."""
    if kind not in Path("/proc/filesystems").read_text().split():
        pytest.skip(f"this kernel has no {kind}")
    image, file = tmp_path / "stick.img", tmp_path / "on-it" / "config.xml"
    file.parent.mkdir()
    file.write_text(XML.format("stick"))
    with image.open("wb") as made:
        made.truncate(4 << 20)
    for line in MAKE[kind]:
        words = line.format(image=image, file=file, folder=file.parent).split()
        subprocess.run(words, check=True, capture_output=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    attached = subprocess.run(
        ["losetup", "--find", "--show", "--read-only", image], capture_output=True, text=True, check=False
    )
    if attached.returncode:
        pytest.skip(f"no loop devices here: {attached.stderr.strip()}")
    device = attached.stdout.strip()
    try:
        labels = tmp_path / "root/dev/disk/by-label"
        labels.mkdir(parents=True)
        (labels / "MAILWARD").symlink_to(device)
        point = tmp_path / "point"
        volume = RealVolumes(tmp_path / "root", point).read("MAILWARD", ("config.xml",))
        assert volume is not None and volume.files["config.xml"] == XML.format("stick").encode()
        assert list(point.iterdir()) == []
        assert RealVolumes(tmp_path / "root", point).read("cidata", ("user-data",)) is None
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)
