"""Settings of scans: what is wrong with them is told before anything is looked at."""

import sys
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.scan import Kind
from esclusa.scans.licences import expressions
from esclusa.scans.settings import wrong


def told(root: Path, kind: Kind, **settings: Any) -> list[tuple[str, str, str]]:
    return [(one.key, one.message, one.mend) for one in wrong(kind, settings, root)]


ONE = "one, such as MIT, or permissive, public-domain, copyleft-limited or copyleft"


def test_settings_that_are_understood_are_not_spoken_of(tmp_path: Path) -> None:
    allowed = ("permissive", "MIT", "GPL-2.0", "LicenseRef-Acme")
    clarified = {"acme": "MIT OR Apache-2.0", "tool==1.2": "BSD"}
    assert told(tmp_path, "licences", allowed=allowed, clarified=clarified) == []
    assert told(tmp_path, "secrets", exclude=("tests/", "!tests/a", "# none"), accepted="none.yaml") == []


OF_SECRETS = "name kingfisher or rules or betterleaks or gitleaks or credsweeper"


@pytest.mark.parametrize(
    ("kind", "engines", "said"),
    [
        ("pii", ("personal-data", "presidio"), []),
        ("secrets", ("rules", "badges"), []),
        ("workflows", ("zizmor",), []),
        (
            "secrets",
            ("rules", "personal-data"),
            [("engines", "`personal-data` finds nothing that a scan of secrets is for", OF_SECRETS)],
        ),
        (
            "pii",
            ("presidio",),
            [("engines", "what presidio finds is not counted", "add personal-data")],
        ),
    ],
)
def test_engines_are_such_as_find_what_the_scan_is_for(
    tmp_path: Path, kind: Kind, engines: tuple[str, ...], said: list[tuple[str, str, str]]
) -> None:
    assert told(tmp_path, kind, engines=engines) == said


@pytest.mark.parametrize("service", ["osv", "pypi", "https://osv.example/v1"])
def test_a_service_is_one_by_its_name_or_address(tmp_path: Path, service: str) -> None:
    assert told(tmp_path, "dependencies", service=service) == []


@pytest.mark.parametrize("service", ["snyk", "ftp://osv.example", "https://", "http://[", ""])
def test_a_service_that_is_none_is_told(tmp_path: Path, service: str) -> None:
    said = ("service", f"`{service}` is no service", "osv, pypi, or an address")
    assert told(tmp_path, "dependencies", service=service) == [said]


def test_every_licence_that_there_is_not_is_told(tmp_path: Path) -> None:
    allowed = ("MIT", "MTI", "permisive")
    clarified = {"acme": "MIT", "tool": "its own", "more==2": "MIT AND"}
    assert told(tmp_path, "licences", allowed=allowed, clarified=clarified) == [
        ("allowed", "`MTI` is no identifier of SPDX", ONE),
        ("allowed", "`permisive` is no identifier of SPDX", ONE),
        ("clarified.tool", "`its own` is no expression of SPDX", "MIT OR Apache-2.0"),
        ("clarified.more==2", "`MIT AND` is no expression of SPDX", "MIT OR Apache-2.0"),
    ]


def test_where_nothing_knows_licences_the_scan_says_so_and_not_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expressions.library.cache_clear()
    monkeypatch.setitem(sys.modules, "license_expression", None)
    assert told(tmp_path, "licences", allowed=("MTI",), clarified={"acme": "nothing"}) == []


def test_every_pattern_that_is_none_is_told(tmp_path: Path) -> None:
    said = ("exclude", "`!` is no pattern of what to leave out", "write it as in a .gitignore")
    assert told(tmp_path, "pii", exclude=("!", "docs/", "!")) == [said, said]


@pytest.mark.parametrize("patterns", [("*",), ("**",), ("/*",), ("docs/", "[!a]*"), ("?*",)])
def test_patterns_that_leave_nothing_are_told(tmp_path: Path, patterns: tuple[str, ...]) -> None:
    said = ("exclude", "everything is left out", "name what may be unseen")
    assert told(tmp_path, "secrets", exclude=patterns) == [said]


@pytest.mark.parametrize(
    "patterns", [(), ("*", "!src/"), ("*.*",), ("*/",), ("[!.]*",), ("a*", "docs/**"), ("# all", "")]
)
def test_patterns_that_leave_something_are_not(tmp_path: Path, patterns: tuple[str, ...]) -> None:
    assert told(tmp_path, "secrets", exclude=patterns) == []


def test_what_is_wrong_in_the_file_of_acceptances_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "accepted.yaml"
    path.write_text("accepted:\n  - reason: why not\n")
    [error] = wrong("secrets", {"accepted": "accepted.yaml"}, tmp_path)
    assert (error.file, error.line, error.message) == (str(path), 2, "expected a fingerprint")
