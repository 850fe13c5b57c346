"""The scan of licences: each package has one that is allowed, or it is a finding; nothing passes unseen."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.evidence import Finding, Place
from esclusa.core.scan import Unseen
from esclusa.scans.acceptance import Acceptance
from esclusa.scans.licences import scan as module
from esclusa.scans.licences.scan import scan
from esclusa.scans.request import Request
from tests.scans.dependencies.environments import environment

LOOK = "look at an environment, `esclusa scan licences .venv`, or at a bill of materials that says them"
TODAY = date(2026, 11, 27)
MIT = "Name: fine\nVersion: 1.0\nLicense-Expression: MIT\n"


def told(name: str, licence: str) -> str:
    return f"Name: {name}\nVersion: 1.0\nLicense: {licence}\n"


def asked(root: Path, **settings: Any) -> Request:
    return Request(
        kind="licences", root=str(root), target="here", today=TODAY, cache=str(root / "c"), settings=settings
    )


def test_each_package_that_is_not_allowed_or_says_nothing_is_a_finding(tmp_path: Path) -> None:
    packages = {
        "a.dist-info": told("agpl", "AGPLv3+"),
        "f.dist-info": MIT,
        "o.dist-info": told("own", "Proprietary"),
        "s.dist-info": told("silent", ""),
    }
    report = scan(asked(environment(tmp_path, packages)), {})
    assert (report.state, report.seen, report.notes) == ("found", 4, ("4 packages in 4 files",))
    assert [(one.rule, one.message, one.place, one.mend) for one in report.findings] == [
        (
            "licence-not-allowed",
            "agpl 1.0: its licence, AGPL-3.0-or-later, is not allowed",
            Place(file="a.dist-info/METADATA"),
            "use another package, allow its licence, or accept the finding",
        ),
        (
            "licence-unknown",
            "own 1.0: its licence is none that is known: Proprietary",
            Place(file="o.dist-info/METADATA"),
            "find out, and say it: clarified: {own: MIT}",
        ),
        (
            "licence-unknown",
            "silent 1.0: it says no licence",
            Place(file="s.dist-info/METADATA"),
            "find out, and say it: clarified: {silent: MIT}",
        ),
    ]
    assert {(one.severity, one.metric) for one in report.findings} == {("medium", "licences")}


def test_what_the_project_clarifies_is_what_counts(tmp_path: Path) -> None:
    packages = {"o.dist-info": told("Own.Tool", "Proprietary"), "f.dist-info": MIT}
    place = environment(tmp_path, packages)
    assert scan(asked(place, clarified={"Own.Tool": "MIT OR ISC"}), {}).state == "clean"
    [finding] = scan(asked(place, clarified={"own-tool": "AGPL-3.0-only"}), {}).findings
    assert finding.message == "own-tool 1.0: its licence, AGPL-3.0-only, is not allowed"


def test_the_surest_word_counts_and_not_one_that_would_be_allowed(tmp_path: Path) -> None:
    said = "Name: x\nVersion: 1\nLicense-Expression: AGPL-3.0-only\nLicense: MIT\n"
    vague = "Name: y\nVersion: 1\nLicense: see the file\nClassifier: License :: OSI Approved :: MIT License\n"
    report = scan(asked(environment(tmp_path, {"x.dist-info": said, "y.dist-info": vague})), {})
    assert [one.message for one in report.findings] == ["x 1: its licence, AGPL-3.0-only, is not allowed"]


def test_a_lock_that_says_no_licences_is_no_pass_unless_an_environment_says_them(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "requirements.txt").write_text("fine==1.0\nother==1.0\n")
    place = environment(tmp_path / "venv", {"f.dist-info": MIT})
    report = scan(asked(root, environment=str(place)), {})
    assert (report.state, report.seen) == ("error", 1)
    assert report.unseen == (
        Unseen(
            place="requirements.txt",
            why="it does not say the licences of its packages, 1 of which nothing else tells",
            mend=LOOK,
        ),
    )
    (root / "requirements.txt").write_text("fine==1.0\n")
    assert scan(asked(root, environment=str(place)), {}).state == "clean"


def test_a_lock_of_npm_and_a_bill_say_them(tmp_path: Path) -> None:
    packages = {"node_modules/a": {"version": "1.0.0", "license": "GPL-3.0"}}
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    components = [{"purl": "pkg:pypi/b@1", "licenses": [{"license": {"id": "MIT"}}]}]
    (tmp_path / "bom.json").write_text(json.dumps({"components": components}))
    report = scan(asked(tmp_path), {})
    assert (report.state, [one.message for one in report.findings]) == (
        "found",
        ["a 1.0.0: its licence, GPL-3.0-only, is not allowed"],
    )
    assert scan(asked(tmp_path, allowed=("permissive", "copyleft")), {}).state == "clean"


def test_a_finding_that_is_answered_for_does_not_count_until_its_licence_is_another(tmp_path: Path) -> None:
    place = environment(tmp_path, {"x.dist-info": told("x", "AGPLv3")})
    [finding] = scan(asked(place), {}).findings
    accepted = {
        finding.fingerprint: Acceptance(reason="served alone", expires=date(2027, 1, 1), where="a.yaml:2")
    }
    assert scan(asked(place), accepted).state == "clean"
    (place / "lib/python3.11/site-packages/x.dist-info/METADATA").write_text(told("x", "GPLv3"))
    assert scan(asked(place), accepted).state == "found"


def test_without_anything_that_lists_packages_nothing_was_scanned(tmp_path: Path) -> None:
    report = scan(asked(tmp_path), {})
    assert (report.state, report.trouble, report.mend) == (
        "not run",
        "there is no lock file, bill of materials or environment",
        LOOK,
    )


def test_a_scan_that_cannot_tell_licences_apart_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.Allowed, "allows", lambda *_: True)
    report = scan(asked(environment(tmp_path, {"f.dist-info": MIT})), {})
    assert (report.state, report.trouble) == ("error", "MIT and AGPL are not told apart")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"allowed": ("permisive",)}, "`permisive` is no identifier of SPDX"),
        ({"clarified": {"x": "whatever"}}, "`whatever` is no expression of SPDX"),
        ({"clarified": ["x"]}, "expected names with licences"),
    ],
)
def test_settings_that_name_no_licence_are_an_error(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        scan(asked(tmp_path, **settings), {})
    assert caught.value.message == message


def test_findings_are_counted_by_the_metric_of_their_gate(tmp_path: Path) -> None:
    [finding] = scan(asked(environment(tmp_path, {"x.dist-info": told("x", "GPL")})), {}).findings
    assert isinstance(finding, Finding)
    assert finding.metric == "licences"
