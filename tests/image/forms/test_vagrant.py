from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from hwmgmt.models.catalogue import catalogue
from image.build import PROJECT
from image.command import Runner
from image.forms import vagrant
from image.forms.disk import DiskFormat, Plan
from image.forms.vagrant import Provider
from tests.image.forms.gpt import raw_image

C100V = catalogue().get("C100V")
SIZE = 64 << 20


def test_metadata_is_what_each_provider_reads() -> None:
    """vagrant-libvirt refuses a virtual_size that is less than the disk's."""
    told = json.loads(vagrant.metadata(Provider.LIBVIRT, 200 * 10**9))
    assert told == {"provider": "libvirt", "format": "qcow2", "virtual_size": 187}
    assert json.loads(vagrant.metadata(Provider.VIRTUALBOX, SIZE)) == {"provider": "virtualbox"}


def test_the_vagrantfile_has_the_models_figures() -> None:
    text = vagrant.vagrantfile(C100V, "14.2.3-031")
    assert text.count(f"machine.cpus = {C100V.cpus}\n") == 2
    assert text.count(f"machine.memory = {C100V.memory_bytes >> 20}\n") == 2
    assert "{{" not in text


@pytest.mark.process
@pytest.mark.parametrize("file", ["box", "project"])
def test_ruby_takes_the_vagrantfiles(file: str, tmp_path: Path) -> None:
    text = (
        vagrant.vagrantfile(C100V, "14.2.3-031") if file == "box" else (PROJECT / "Vagrantfile").read_text()
    )
    assert shutil.which("ruby"), "apt-get install ruby"
    (tmp_path / "Vagrantfile").write_text(text)
    done = subprocess.run(["ruby", "-wc", tmp_path / "Vagrantfile"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# Enough of Vagrant to run a Vagrantfile: every setting is written down.
STAND_IN = """
class Recorder < BasicObject
  def method_missing(name, *words, **more, &block)
    $said << [name, *words, *(more.empty? ? [] : [more])].join(" ")
    block.call(self) if block
    self
  end
  def respond_to_missing?(*) = true
end
module Vagrant
  def self.configure(version) = yield(Recorder.new)
end
$said = []
load ARGV[0]
puts $said
"""


@pytest.mark.process
def test_the_key_of_who_uses_the_box_goes_in_as_a_credential(tmp_path: Path) -> None:
    (tmp_path / "Vagrantfile").write_text(vagrant.vagrantfile(C100V, "14.2.3-031"))
    (tmp_path / "key.pub").write_text("ssh-ed25519 AAAA me\n")
    (tmp_path / "stand-in.rb").write_text(STAND_IN)

    def said(**environment: str) -> str:
        words: list[str | Path] = ["ruby", tmp_path / "stand-in.rb", tmp_path / "Vagrantfile"]
        return subprocess.run(
            words,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **environment},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    with_key = said(MAILWARD_SSH_KEY=str(tmp_path / "key"))
    credential = "io.systemd.credential.binary:mailward.admin.authorized-keys=c3NoLWVkMjU1MTkgQUFBQSBtZQo="
    assert f"type=11,value={credential}" in with_key
    assert f"DmiOEMVBoxVer string:{credential}" in with_key
    assert "firmware efi64" in with_key
    assert "credential" not in said()


@pytest.mark.process
@pytest.mark.parametrize("provider", list(Provider))
def test_a_box_has_what_its_provider_wants_and_the_raw_disk(provider: Provider, tmp_path: Path) -> None:
    raw = raw_image(tmp_path / "a.raw")
    made = []
    for name in ("one", "two"):
        plan = Plan(raw, tmp_path / name / "m.box", DiskFormat.VMDK, SIZE)
        made.append(vagrant.make(C100V, plan, provider, Runner(tmp_path / "log"), version="14.2.3-031"))
    assert made[0].read_bytes() == made[1].read_bytes()
    assert list(made[0].parent.iterdir()) == [made[0]]
    with tarfile.open(made[0], "r:gz") as archive:
        archive.extractall(tmp_path / "box", filter="data")
        names = archive.getnames()
    disk, form = vagrant.DISKS[provider]
    extra = ["box.ovf"] if provider is Provider.VIRTUALBOX else []
    assert names == ["metadata.json", "Vagrantfile", *extra, disk]
    subprocess.run(["qemu-img", "check", "-q", "-f", form, tmp_path / "box" / disk], check=True)
    words: list[str | Path] = [
        "qemu-img",
        "compare",
        "-q",
        "-f",
        "raw",
        "-F",
        form,
        raw,
        tmp_path / "box" / disk,
    ]
    subprocess.run(words, check=True)
    if extra:
        assert f'ovf:href="{disk}"' in (tmp_path / "box/box.ovf").read_text()
