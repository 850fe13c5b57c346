"""The scan of licences: each package has one that is allowed, or it is a finding; nothing passes unseen."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from esclusa.core.errors import ConfigurationError
from esclusa.core.evidence import Finding, Place
from esclusa.core.scan import Unseen
from esclusa.core.value import replace
from esclusa.scans.acceptance import Acceptance
from esclusa.scans.licences import scan as module
from esclusa.scans.licences.scan import scan
from esclusa.scans.request import Request
from tests.scans.dependencies.environments import environment

LOOK = "install them (`esclusa run`), or name an environment, `esclusa scan licences .venv`, or a bill"
TODAY = date(2026, 11, 27)
MIT = "Name: fine\nVersion: 1.0\nLicense-Expression: MIT\n"


def told(name: str, licence: str) -> str:
    return f"Name: {name}\nVersion: 1.0\nLicense: {licence}\n"


def asked(root: Path, **settings: Any) -> Request:
    return Request(
        kind="licences", root=str(root), target="here", today=TODAY, cache=str(root / "c"), settings=settings
    )


def of(place: Path, **settings: Any) -> Request:
    """Of an environment, and of nothing else."""
    return asked(place, environment=str(place), **{"from": None, **settings})


def test_each_package_that_is_not_allowed_or_says_nothing_is_a_finding(tmp_path: Path) -> None:
    packages = {
        "a.dist-info": told("agpl", "AGPLv3+"),
        "f.dist-info": MIT,
        "o.dist-info": told("own", "Proprietary"),
        "s.dist-info": told("silent", ""),
    }
    report = scan(of(environment(tmp_path, packages)), {})
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


def test_what_the_project_clarifies_counts_where_nobody_else_tells_and_is_reported(tmp_path: Path) -> None:
    packages = {"o.dist-info": told("Own.Tool", "Proprietary"), "f.dist-info": MIT}
    place = environment(tmp_path, packages)
    for name in ("Own.Tool", "own-tool", "own-tool==1.0"):
        report = scan(of(place, clarified={name: "MIT OR ISC"}), {})
        assert (report.state, report.notes) == ("clean", ("2 packages in 2 files",))
        [one] = report.accepted
        assert (one.reason, one.where, one.told, one.finding.rule) == (
            "it is MIT OR ISC",
            "clarified",
            "accepted",
            "licence-unknown",
        )
    [finding] = scan(of(place, clarified={"own-tool": "AGPL-3.0-only"}), {}).findings
    assert finding.message == "own-tool 1.0: its licence, AGPL-3.0-only, is not allowed"


def test_what_is_clarified_is_no_answer_to_what_a_package_says_itself(tmp_path: Path) -> None:
    place = environment(tmp_path, {"x.dist-info": told("x", "AGPLv3"), "y.dist-info": told("y", "")})
    report = scan(of(place, clarified={"x": "MIT", "y==2.0": "MIT"}), {})
    assert [one.message for one in report.findings] == [
        "x 1.0: its licence, AGPL-3.0-only, is not allowed",
        "y 1.0: it says no licence",
    ]
    assert sorted(report.notes[1:]) == [
        "`clarified` says something of x, which says it itself or is not there",
        "`clarified` says something of y==2.0, which says it itself or is not there",
    ]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("License-Expression: AGPL-4.0-only\nLicense: MIT", "its licence is none that is known: AGPL-4.0-only"),
        ("License: Proprietary\nClassifier: License :: OSI Approved :: MIT License",
         "its licence is none that is known: Proprietary and MIT License"),
        ("License: MIT\nClassifier: License :: OSI Approved :: GNU Affero General Public License v3",
         "its licence, MIT AND AGPL-3.0-only, is not allowed"),
        ("Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: Other/Proprietary License",
         "its licence is none that is known: MIT License and Other/Proprietary License"),
        ("License-Expression: MIT\nClassifier: License :: OSI Approved\nLicense: whatever", ""),
        ("License: MIT\nClassifier: License :: OSI Approved", ""),
    ],
)  # fmt: skip
def test_all_that_a_package_says_of_itself_has_to_be_known_and_allowed(
    tmp_path: Path, said: str, message: str
) -> None:
    report = scan(of(environment(tmp_path, {"x.dist-info": f"Name: x\nVersion: 1\n{said}\n"})), {})
    assert [one.message for one in report.findings] == ([f"x 1: {message}"] if message else [])


def test_what_one_says_of_a_package_does_not_hide_what_another_says(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    components = [
        {"purl": "pkg:pypi/x@1", "licenses": [{"license": {"id": "MIT"}}]},
        {"purl": "pkg:pypi/x@1.0", "licenses": [{"license": {"id": "GPL-3.0-only"}}]},
    ]
    (root / "bom.json").write_text(json.dumps({"components": components}))
    place = environment(tmp_path / "venv", {"x.dist-info": told("x", "AGPLv3")})
    report = scan(asked(root, environment=str(place)), {})
    assert (report.seen, [one.message for one in report.findings]) == (
        1,
        [
            "x 1.0: its licence, GPL-3.0-only, is not allowed",
            "x 1.0: its licence, AGPL-3.0-only, is not allowed",
        ],
    )


def test_an_environment_in_a_commit_hides_no_lock(tmp_path: Path) -> None:
    environment(tmp_path, {"f.dist-info": MIT})
    (tmp_path / "requirements.txt").write_text("other==1.0\n")
    assert scan(asked(tmp_path), {}).state == "error"


def test_what_is_torn_or_empty_is_no_pass(tmp_path: Path) -> None:
    for packages in ({}, {"t.dist-info": "Name: t\n"}):
        place = environment(tmp_path / str(len(packages)), packages)
        report = scan(of(place), {})
        assert (report.state, len(report.unseen)) == ("error", 1)


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
            why="nothing says the licence of other 1.0",
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
    [finding] = scan(of(place), {}).findings
    accepted = {
        finding.fingerprint: Acceptance(reason="served alone", expires=date(2027, 1, 1), where="a.yaml:2")
    }
    assert scan(of(place), accepted).state == "clean"
    [one] = scan(of(place), accepted).accepted
    assert one.finding == finding
    late = Acceptance(reason="served alone", expires=date(2026, 1, 1), where="a.yaml:2")
    report = scan(of(place), {finding.fingerprint: late})
    assert (report.state, [one.place for one in report.unseen]) == ("error", ["a.yaml:2"])
    (place / "lib/python3.11/site-packages/x.dist-info/METADATA").write_text(told("x", "GPLv3"))
    assert scan(of(place), accepted).state == "found"


def test_what_is_excluded_is_said(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "requirements.txt").write_text("other==1.0\n")
    packages = {"node_modules/a": {"version": "1.0.0", "license": "MIT"}}
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": packages}))
    report = scan(replace(asked(tmp_path), excluded=("old/",)), {})
    assert (report.state, report.excluded) == ("clean", (Unseen(place="old/", why="excluded by `old/`"),))


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
    report = scan(of(environment(tmp_path, {"f.dist-info": MIT})), {})
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
    [finding] = scan(of(environment(tmp_path, {"x.dist-info": told("x", "GPL")})), {}).findings
    assert isinstance(finding, Finding)
    assert finding.metric == "licences"
