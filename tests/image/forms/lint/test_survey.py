import contextlib
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image.forms.lint import descriptor
from image.forms.lint.archive import BLOCK, BadOva, members
from image.forms.lint.survey import parse_manifest, survey
from tests.image.forms.lint.sample import files, lint, pack

GOOD = pack(files())
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><x a="&c;">&c;</x>"""
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty or no tar"),
        (bytes(10240), "empty or no tar"),
        (b"x" * 1024, "no valid tar header at byte 0"),
        (GOOD[: GOOD.index(b"KDMV") + 600], "in the middle of"),
        (GOOD[:100] + b"7" + GOOD[101:], "no valid tar header"),
        (pack([(f"{n}", b"") for n in range(65)]), "more than 64 members"),
        (pack([("m.ovf", BOMB)]), "document type"),
        (pack([("m.ovf", OUTSIDE)]), "document type"),
        (pack([("m.ovf", BOMB.decode().encode("utf-16"))]), "document type|not XML"),
        (pack([("m.ovf", b"<a>" * 5000)]), "not XML"),
        (pack([("m.ovf", b"")]), "not XML"),
        (pack([("m.ovf", b" " * (descriptor.MAX_BYTES + 1))]), "larger than 4 MiB"),
        (pack([("m.mf", b" " * ((1 << 20) + 1))]), "larger than 1 MiB"),
    ],
)
def test_hostile_input_is_refused_with_a_sentence(data: bytes, problem: str) -> None:
    with pytest.raises(BadOva, match=problem):
        lint(data)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadOva, match="No such file"):
        survey(tmp_path / "x.ova")


def test_members_are_those_that_tarfile_sees() -> None:
    long = pack([("a" * 90 + "/" + "b" * 60, b"1234"), ("c", b"x" * 513)])
    for data in (GOOD, long):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            expected = [(m.name, m.offset_data, m.size) for m in archive.getmembers()]
        assert [(m.name, m.start, m.size) for m in members(io.BytesIO(data), len(data), "x")] == expected


def test_a_size_in_base_256_is_read() -> None:
    header = bytearray(GOOD[:BLOCK])
    header[124:136] = b"\x80" + (9 << 30).to_bytes(11, "big")
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (member,) = members(io.BytesIO(bytes(header)), 10 << 30, "x")
    assert member.size == 9 << 30


@given(st.binary(max_size=1500))
def test_any_bytes_are_judged_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadOva):
        lint(data)


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=40))
def test_a_damaged_ova_is_judged_or_refused(place: int, junk: bytes) -> None:
    with contextlib.suppress(BadOva):
        lint(GOOD[:place] + junk + GOOD[place + len(junk) :])


@given(st.binary(max_size=600))
def test_any_descriptor_manifest_and_disk_are_judged_or_refused(junk: bytes) -> None:
    with contextlib.suppress(BadOva):
        lint(pack([("m.ovf", junk)]))
    lint(pack([("m.mf", junk), ("m.vmdk", b"KDMV" + junk)]))


@given(st.text(max_size=200))
def test_every_line_of_a_manifest_is_kept(text: str) -> None:
    content = text.encode("utf-8", "replace")
    lines = parse_manifest(content)
    assert "\n".join(line.text for line in lines) == content.decode().removesuffix("\n")
    assert all(line.algorithm for line in lines if line.exact)
