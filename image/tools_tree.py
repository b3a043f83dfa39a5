"""The tools tree: a Debian 13 with mkosi and what it calls, so that the result does not depend on the host.

mkosi 25 is in Debian 13 only. mmdebstrap makes the tree in half a minute; it is kept in the cache under a name
that is the digest of all that went into it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from image.command import Runner
from image.host import remove, replace
from image.sources import RELEASE, Sources
from mailward.progress import step

PACKAGES = (
    "apt-utils",
    "bubblewrap",
    "ca-certificates",
    "cpio",
    "cryptsetup-bin",
    "dosfstools",
    "e2fsprogs",
    "erofs-utils",
    "faketime",
    "fdisk",
    "gnupg",
    "kmod",
    "mkosi",
    "mtools",
    "openssl",
    "python3-pefile",
    "qemu-utils",
    "sbsigntool",
    "systemd-boot-efi",
    "systemd-boot-tools",
    "systemd-container",
    "systemd-repart",
    "systemd-ukify",
    "xorriso",
    "xz-utils",
    "zstd",
)

# Programs of ours that stand before those of the packages on the path of the tree.
WRAPPERS = {
    "usr/bin/systemd-sbsign": """\
#!/bin/sh
# A signature says when it was made. By the clock, no two builds would be equal; so it is the time of the sources.
export TZ=UTC
: "${SOURCE_DATE_EPOCH:?}"
exec faketime "$(date -d "@$SOURCE_DATE_EPOCH" '+%Y-%m-%d %H:%M:%S')" /usr/lib/systemd/systemd-sbsign "$@"
""",
}


@dataclass(frozen=True)
class ToolsTree:
    """A tree at `root`; `enter` gives the words that run a program in it."""

    root: Path

    def sources_list(self) -> str:
        """The one-line sources that the tree was made from."""
        return (self.root / "etc/apt/sources.list").read_text()

    def enter(
        self, *, writable: Sequence[Path] = (), readable: Sequence[Path] = (), chdir: Path
    ) -> list[str]:
        """Words to put before a command so that it runs in the tree, seeing these host paths under their own names.

        bwrap and not chroot: mkosi wants `/` to be a mount point.
        """
        words = [
            "bwrap",
            "--bind",
            os.fspath(self.root),
            "/",
            "--dev-bind",
            "/dev",
            "/dev",
            "--proc",
            "/proc",
        ]
        words += ["--ro-bind", "/sys", "/sys", "--tmpfs", "/run", "--tmpfs", "/tmp"]
        # Names resolve and TLS is trusted as on the host, whose archive may be known to it alone.
        for name in ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs", "/usr/local/share/ca-certificates"):
            words += ["--ro-bind-try", name, name]
        for path in writable:
            words += ["--bind", os.fspath(path), os.fspath(path)]
        for path in readable:
            words += ["--ro-bind", os.fspath(path), os.fspath(path)]
        words += [
            "--chdir",
            os.fspath(chdir),
            "--setenv",
            "PATH",
            "/usr/sbin:/usr/bin",
            "--setenv",
            "HOME",
            "/root",
        ]
        return [*words, "--unsetenv", "TMPDIR", "--die-with-parent"]


def place(cache: Path, sources: Sources) -> Path:
    """Where the tree for these sources is, or will be."""
    inputs = "\n".join([RELEASE, *PACKAGES, *WRAPPERS.values(), *sources.lines(), sources.apt_conf()])
    return cache / f"tools-{hashlib.sha256(inputs.encode()).hexdigest()[:16]}"


def ensure(cache: Path, sources: Sources, runner: Runner) -> ToolsTree:
    """The tree, made if it is not there. One that was cut off while being made is thrown away first."""
    final = place(cache, sources)
    if final.is_dir():
        return ToolsTree(final)
    with step("Making the tools tree"):
        partial = cache / "tools.partial"
        remove(partial)
        options = [f"--aptopt={line.rstrip(';')}" for line in sources.reach]
        runner.run(
            ["mmdebstrap", "--mode=root", "--variant=apt", f"--include={','.join(PACKAGES)}", *options]
            + [RELEASE, os.fspath(partial), *sources.lines()],
            package="mmdebstrap",
        )
        for name, text in WRAPPERS.items():
            (partial / name).parent.mkdir(parents=True, exist_ok=True)
            (partial / name).write_text(text)
            (partial / name).chmod(0o755)
        for other in cache.glob("tools-*"):
            remove(other)
        replace(partial, final)
    return ToolsTree(final)
