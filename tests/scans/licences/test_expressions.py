"""Licences: what words of packages mean, and whether a project allows that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_license_index

from esclusa.core.errors import ConfigurationError
from esclusa.scans.licences.expressions import Allowed, parsed, says_nothing, together


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("MIT", "MIT"),
        ("mit", "MIT"),
        ("MIT License", "MIT"),
        ("The MIT License (MIT)", "MIT"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Apache 2.0", "Apache-2.0"),
        ("Apache Software License", "Apache-2.0"),
        ("BSD License", "BSD-2-Clause AND BSD-3-Clause"),
        ("BSD 3-Clause License", "BSD-3-Clause"),
        ("GPL-2.0", "GPL-2.0-only"),
        ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
        ("GNU Lesser General Public License v2 or later (LGPLv2+)", "LGPL-2.0-or-later"),
        ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ("Python Software Foundation License", "PSF-2.0"),
        ("ISC License (ISCL)", "ISC"),
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("(MIT AND (ISC OR 0BSD))", "MIT AND (ISC OR 0BSD)"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("LicenseRef-Acme", "LicenseRef-Acme"),
    ],
)
def test_words_of_packages_mean_an_expression(words: str, meant: str) -> None:
    assert str(parsed(words)) == meant


@pytest.mark.parametrize(
    "words",
    ["", "BSD-derived (http://x.example)", "SEE LICENSE IN LICENSE.md", "UNLICENSED", "MIT OR", "MIT ISC",
     "Proprietary", "AND", "LLVM-exception", "Classpath-exception-2.0", "MIT WITH MIT", "AGPL-4.0-only",
     "Other/Proprietary License", "Server Side Public License",
     "(MIT OR GPL-3.0-only) AND AGPL-3.0-only license", "x" * 3_000],
)  # fmt: skip
def test_words_that_name_none_mean_none(words: str) -> None:
    assert parsed(words) is None


@pytest.mark.parametrize(
    ("allowed", "words", "allows"),
    [
        (["MIT"], "MIT", True),
        (["mit"], "MIT", True),
        (["MIT"], "ISC", False),
        (["permissive"], "MIT AND ISC", True),
        (["permissive"], "MIT AND GPL-3.0-only", False),
        (["permissive"], "MIT OR GPL-3.0-only", True),
        (["permissive"], "(GPL-2.0-only OR MIT) AND ISC", True),
        (["permissive"], "BSD", True),
        (["BSD-3-Clause"], "BSD", False),
        (["permissive"], "Unlicense", False),
        (["permissive", "public-domain"], "Unlicense", True),
        (["permissive"], "MPL-2.0", False),
        (["copyleft-limited"], "MPL-2.0", True),
        (["copyleft-limited"], "AGPL-3.0-only", False),
        (["copyleft"], "AGPL-3.0-only", True),
        (["GPL-2.0"], "GPL-2.0-only", True),
        (["copyleft-limited"], "GPL-2.0-only WITH Classpath-exception-2.0", False),
        (["GPL-2.0-only WITH Classpath-exception-2.0"], "GPL-2.0-only WITH Classpath-exception-2.0", True),
        (["GPL-2.0-only WITH Classpath-exception-2.0"], "GPL-2.0-only", False),
        (["permissive"], "AGPL-3.0-only WITH LLVM-exception", False),
        (["permissive", "copyleft-limited"], "LicenseRef-Evil WITH Classpath-exception-2.0", False),
        (["Apache-2.0"], "Apache-2.0 WITH LLVM-exception", True),
        (["GPL-2.0-only"], "GPL-2.0-only WITH Classpath-exception-2.0", True),
        (["permissive"], "GPL-2.0-only WITH Classpath-exception-2.0", False),
        (["LicenseRef-Acme"], "LicenseRef-Acme", True),
        (["permissive"], "LicenseRef-Acme", False),
        ([], "MIT", False),
    ],
)
def test_what_may_be_chosen_needs_one_and_what_holds_together_all(
    allowed: list[str], words: str, allows: bool
) -> None:
    expression = parsed(words)
    assert expression is not None
    assert Allowed(allowed).allows(expression) is allows


def test_what_holds_together_is_allowed_as_a_whole() -> None:
    one, other = parsed("MIT OR GPL-3.0-only"), parsed("AGPL-3.0-only")
    assert str(together([one, other])) == "(MIT OR GPL-3.0-only) AND AGPL-3.0-only"
    assert together([one]) is one
    assert not Allowed(["permissive"]).allows(together([one, other]))


@pytest.mark.parametrize("name", ["Permissiv", "GPL", "MIT OR ISC", "LLVM-exception", ""])
def test_a_name_that_is_no_licence_is_an_error(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Allowed(["MIT", name])
    assert caught.value.message == f"`{name}` is no identifier of SPDX"
    assert caught.value.mend == (
        "one, such as MIT, or permissive, public-domain, copyleft-limited or copyleft"
    )


def test_classifiers_without_a_licence_say_nothing() -> None:
    words = ("OSI Approved", "DFSG approved", "MIT License", "Other/Proprietary License")
    assert [says_nothing(one) for one in words] == [True, True, False, False]


def test_every_identifier_of_spdx_means_itself() -> None:
    listed = [one for one in get_license_index() if one.get("spdx_license_key") and not one["is_exception"]]
    licences = [str(one["spdx_license_key"]) for one in listed]
    assert len(licences) > 1_000
    assert [name for name in licences if str(parsed(name)) != name] == []


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["MIT", "AND", "OR", "WITH", "(", ")", "x"])).map(" ".join)
)
def test_whatever_stands_there_is_an_expression_or_none(words: str) -> None:
    found = parsed(words)
    assert found is None or Allowed(["permissive"]).allows(found) in (True, False)
