"""What somebody says of a vulnerability: what is not affected does not count, and stays in the report."""

import json
from pathlib import Path

from esclusa.core.scan import Accepted, Report, Unseen
from esclusa.scans.dependencies.scan import scan
from tests.scans.dependencies.databases import advisory, zipped
from tests.scans.dependencies.test_scan import asked


def looked(tmp_path: Path, **said: str) -> Report:
    statement = {
        "vulnerability": {"name": "CVE-2026-1"},
        "products": ["pkg:pypi/acme-tool@1.0"],
        "status": "not_affected",
        "justification": "component_not_present",
        **said,
    }
    document = {
        "@context": "https://openvex.dev/ns",
        "author": "ana",
        "timestamp": "2026-11-01T00:00:00Z",
        "statements": [statement],
    }
    zipped(tmp_path / "osv.zip", advisory(aliases=["CVE-2026-1"]))
    request = asked(tmp_path, vex=("vex.json",))
    (Path(request.root) / "vex.json").write_text(json.dumps(document, indent=1))
    return scan(request, {})


def test_what_is_said_not_to_be_affected_does_not_count_and_is_reported(tmp_path: Path) -> None:
    report = looked(tmp_path)
    assert (report.state, report.findings) == ("clean", ())
    [one] = report.accepted
    assert one == Accepted(
        finding=one.finding,
        reason="not affected: component_not_present",
        by="ana",
        where="vex.json:8",
    )
    assert one.finding.rule == "CVE-2026-1"
    assert one.told == "accepted (ana)"


def test_what_is_said_to_be_affected_or_of_another_version_counts(tmp_path: Path) -> None:
    for said in ({"status": "affected"}, {"vulnerability": "CVE-2026-2"}, {"products": "x"}):
        report = looked(tmp_path, **said)
        assert (report.state, [one.rule for one in report.findings]) == ("found", ["CVE-2026-1"])


def test_what_nobody_gives_a_reason_for_counts_and_is_an_error(tmp_path: Path) -> None:
    report = looked(tmp_path, justification="")
    assert (report.state, [one.rule for one in report.findings]) == ("error", ["CVE-2026-1"])
    assert report.unseen == (
        Unseen(
            place="vex.json:8",
            why="it says that something is not affected, and not why",
            mend="say it whole: why, and since when",
        ),
    )
