"""Where Debian's packages come from: the build host's own apt configuration, or `--mirror`.

A site that has a mirror, a proxy or credentials has told apt already; asking again would be one more thing to
get wrong. apt itself is asked (`apt-get indextargets`, `apt-config dump`), so both source formats, proxies
and drop-ins are understood without parsing them here.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from mailward.errors import Failed

RELEASE = "trixie"  # Debian 13
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

_TARGETS = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"
# Settings of apt that decide whether and how an archive is reached. The rest of the host's apt is its own affair.
_REACH = re.compile(
    r"Acquire::(?:https?|ftp|tor)(?:::|\s)|Acquire::(?:Retries|ForceIPv[46]|Check-Valid-Until|Check-Date)\b"
)


class NoSources(Failed):
    key = "image.sources"
    sentence = "cannot tell where Debian's packages come from: {reason}"
    remedy = "Run apt-get update, or name an archive that has Debian 13 with --mirror URL"


@dataclass(frozen=True)
class Sources:
    """Debian 13 archives: `archive` for trixie and its updates, `security` if known.

    archive: None on a host that is no Debian, such as an Ubuntu: mmdebstrap then uses what it knows by itself,
    and `complete` reads it back.
    reach: lines of apt.conf with the host's proxy and TLS settings.
    """

    archive: str | None
    security: str | None
    reach: tuple[str, ...] = ()

    def deb822(self) -> str:
        """The content of a `.sources` file; the archive must be known."""
        assert self.archive, "complete() comes first"
        stanzas = [(self.archive, f"{RELEASE} {RELEASE}-updates")]
        if self.security:
            stanzas.append((self.security, f"{RELEASE}-security"))
        return "\n".join(
            f"Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: main\nSigned-By: {KEYRING}\n"
            for uri, suites in stanzas
        )

    def lines(self) -> list[str]:
        """The same as one-line sources, for mmdebstrap; none if it is to use its own."""
        if not self.archive:
            return []
        found = [
            f"deb [signed-by={KEYRING}] {self.archive} {suite} main"
            for suite in (RELEASE, f"{RELEASE}-updates")
        ]
        if self.security:
            found.append(f"deb [signed-by={KEYRING}] {self.security} {RELEASE}-security main")
        return found

    def apt_conf(self) -> str:
        return "".join(f"{line}\n" for line in self.reach)


def choose(targets: str, settings: str, mirror: str | None = None) -> Sources:
    """`targets` is what `apt-get indextargets` printed (see `_TARGETS`), `settings` what `apt-config dump` did.

    A security archive is used if the host has one; `--mirror` replaces both.
    """
    reach = tuple(line for line in settings.splitlines() if _REACH.match(line) and not line.endswith('"";'))
    if mirror:
        return Sources(mirror, None, reach)
    found: dict[str, str] = {}
    for line in targets.split("\n"):
        match line.split("|", 2):
            case ["Debian", label, uri]:
                found.setdefault(label, uri)
    if "Debian" not in found:
        return Sources(None, None, reach)
    return Sources(found["Debian"], found.get("Debian-Security"), reach)


def complete(sources: Sources, lines: str) -> Sources:
    """`sources` with the archives that a tree's sources.list names, if it has none of its own. Raises `NoSources`."""
    if sources.archive:
        return sources
    found: dict[str, str] = {}
    for line in lines.splitlines():
        match re.sub(r"\[[^]]*\]", "", line).split():
            case ["deb", uri, suite, *_]:
                found.setdefault(suite, uri)
    if RELEASE not in found:
        raise NoSources(reason="the tools tree names no archive")
    return Sources(found[RELEASE], found.get(f"{RELEASE}-security"), sources.reach)


def from_host(mirror: str | None = None) -> Sources:
    """Ask this host's apt. Raises `NoSources` if there is none."""
    return choose(
        _ask("apt-get", "indextargets", "--format", _TARGETS, "Created-By: Packages"),
        _ask("apt-config", "dump"),
        mirror,
    )


def _ask(*argv: str) -> str:
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise NoSources(reason=f"{argv[0]} does not answer") from error
