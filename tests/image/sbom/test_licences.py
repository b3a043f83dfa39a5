import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_spdx_licensing

from image.sbom.licences import NAMES, Expression, all_of, from_debian, from_metadata, named, recognised


@pytest.mark.parametrize(
    ("debian", "spdx"),
    [
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-2", "GPL-2.0-only"),
        ("GPL-2.0-only", "GPL-2.0-only"),
        ("LGPLv2.1+", "LGPL-2.1-or-later"),
        ("LGPL-2.1", "LGPL-2.1-only"),
        ("Expat", "MIT"),
        ("BSD-3-clause", "BSD-3-Clause"),
        ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
        ("GFDL-1.2", "GFDL-1.2-only"),
        ("GPL-2 with Linux-syscall-note exception", "GPL-2.0-only WITH Linux-syscall-note"),
        ("GPL-3+ with  Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2"),
        ("public-domain", None),
        ("GPL-9", None),
    ],
)
def test_names_of_debian(debian: str, spdx: str | None) -> None:
    assert named(debian) == spdx


@pytest.mark.parametrize(
    ("field", "expression"),
    [
        ("GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl"),
        ("GPL-2+ or Expat, and BSD-3-clause", "(GPL-2.0-or-later OR MIT) AND (BSD-3-Clause)"),
        ("LGPLv3+_or_GPLv2+", "LGPL-3.0-or-later OR GPL-2.0-or-later"),
    ],
)
def test_conjunctions_of_debian(field: str, expression: str) -> None:
    assert from_debian(field, {}) == Expression(expression, {})


def test_what_has_no_name_is_told_apart_by_its_text() -> None:
    one = from_debian("public-domain", {"public-domain": "No rights\n reserved."})
    other = from_debian("public-domain", {"public-domain": "Do what you like."})
    assert one.text.startswith("LicenseRef-public-domain-") and one.text != other.text
    assert one.texts == {one.text: "No rights\n reserved."}
    again = from_debian("public-domain", {"public-domain": "No rights reserved."})
    assert again.text == one.text, "the same words in other lines are the same licence"


def test_several_apply_together_each_once() -> None:
    parts = [Expression("MIT OR ISC"), Expression("GPL-2.0-only"), Expression("MIT OR ISC"), Expression()]
    assert all_of(parts).text == "GPL-2.0-only AND (MIT OR ISC)"
    assert all_of([Expression()]).text == "NOASSERTION"


@pytest.mark.parametrize(
    ("expression", "words", "classifiers", "found"),
    [
        ("Apache-2.0 OR BSD-3-Clause", None, [], "Apache-2.0 OR BSD-3-Clause"),
        ("no licence at all (", "MIT", [], "MIT"),
        (None, "Apache License, Version 2.0", [], "Apache-2.0"),
        (None, None, ["License :: OSI Approved :: MIT License"], "MIT"),
        (None, None, ["License :: OSI Approved :: BSD License"], "NOASSERTION"),
        (None, "A whole\nlicence text", [], "NOASSERTION"),
    ],
)
def test_what_a_python_package_declares(
    expression: str | None, words: str | None, classifiers: list[str], found: str
) -> None:
    assert from_metadata(expression, words, classifiers).text == found


def test_common_texts_are_recognised() -> None:
    clauses = "Redistributions in binary form must reproduce the above\n   copyright notice"
    assert recognised(clauses).text == "BSD-2-Clause"
    third = "nor names be used to endorse or promote products\n  derived from this software"
    assert recognised(f"{clauses}\n{third}").text == "BSD-3-Clause"
    assert recognised("All rights reserved.").text == "NOASSERTION"


def test_every_name_of_ours_is_one_of_spdx() -> None:
    assert not get_spdx_licensing().unknown_license_keys(" AND ".join(NAMES.values()))


@given(st.text(max_size=60))
def test_what_has_no_name_becomes_a_reference_that_spdx_allows(field: str) -> None:
    for reference in from_debian(field, {}).texts or {}:
        assert set(reference.removeprefix("LicenseRef-")) <= set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-"
        )
