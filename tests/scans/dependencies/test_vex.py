"""What somebody says of a vulnerability: what is not affected does not count, and stays in the report."""

import json
from pathlib import Path

from esclusa.core.scan import Accepted, Idle, Report, Unseen
from esclusa.core.value import replace
from esclusa.scans.dependencies.scan import scan
from tests.scans.dependencies.databases import advisory, zipped
from tests.scans.dependencies.test_scan import asked


def looked(tmp_path: Path, ours: tuple[str, ...] = (), **said: object) -> Report:
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
    request = asked(tmp_path, vex=("vex.json",), products=ours)
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
        where="vex.json, statement 1",
    )
    assert one.finding.rule == "CVE-2026-1"
    assert one.told == "accepted (ana)"


def test_what_is_said_to_be_affected_or_of_another_version_counts(tmp_path: Path) -> None:
    changes: tuple[dict[str, object], ...] = (
        {"status": "affected"},
        {"vulnerability": "CVE-2026-2"},
        {"products": ["pkg:pypi/acme-tool@1.1"]},
    )
    for said in changes:
        report = looked(tmp_path, **said)
        assert (report.state, [one.rule for one in report.findings]) == ("found", ["CVE-2026-1"])


def test_what_clears_nothing_is_named_by_a_scan_of_everything(tmp_path: Path) -> None:
    statement = {"products": ["pkg:pypi/acme-tool@1.0"], "status": "fixed", "vulnerability": "CVE-2026-1"}
    changes: tuple[dict[str, object], ...] = (
        {},
        {"vulnerability": "CVE-2026-2"},
        {"products": ["pkg:pypi/acme-tool@1.1"]},
        {"products": ["pkg:pypi/other"], "status": "affected"},
        {"products": ["pkg:deb/debian/other"]},
        {"products": [{"@id": "pkg:oci/not-ours", "subcomponents": ["pkg:pypi/other"]}]},
    )
    document = {
        "@context": "https://openvex.dev/ns",
        "author": "ana",
        "timestamp": "2026-11-01T00:00:00Z",
        "statements": [{**statement, **said} for said in changes],
    }
    zipped(tmp_path / "osv.zip", advisory(aliases=["CVE-2026-1"]))
    request = asked(tmp_path, vex=("vex.json",))
    (Path(request.root) / "vex.json").write_text(json.dumps(document))
    assert scan(request, {}).idle == ()
    report = scan(replace(request, whole=True), {})
    assert (report.state, report.idle) == (
        "clean",
        (
            Idle(where="vex.json, statement 2", what="CVE-2026-2"),
            Idle(where="vex.json, statement 3", what="CVE-2026-1"),
        ),
    )


def test_what_nobody_gives_a_reason_for_counts_and_is_an_error(tmp_path: Path) -> None:
    report = looked(tmp_path, justification="")
    assert (report.state, [one.rule for one in report.findings]) == ("error", ["CVE-2026-1"])
    assert report.unseen == (
        Unseen(
            place="vex.json, statement 1",
            why="it says that something is not affected, and not why",
            mend="say it whole: of what, why, who says so, and since when",
        ),
    )


def test_what_is_said_of_it_as_a_part_of_ours_needs_the_name_of_ours(tmp_path: Path) -> None:
    for name, state in (("pkg:oci/acme-agent", "clean"), ("pkg:oci/somebody-else", "found")):
        part = {"@id": name, "subcomponents": ["pkg:pypi/acme-tool@1.0"]}
        assert vexed(tmp_path, part).state == state


def vexed(tmp_path: Path, product: object) -> Report:
    report = looked(tmp_path, ("pkg:oci/acme-agent",))
    file = tmp_path / "root" / "vex.json"
    document = json.loads(file.read_text())
    document["statements"][0]["products"] = [product]
    file.write_text(json.dumps(document))
    assert report.notes[-1] == "vex.json: 1 statement, 1 about packages of PyPI or npm"
    return scan(asked(tmp_path, vex=("vex.json",), products=("pkg:oci/acme-agent",)), {})


def test_a_vex_file_is_no_bill_of_what_there_is(tmp_path: Path) -> None:
    zipped(tmp_path / "osv.zip", advisory())
    request = asked(tmp_path, lock="other==1.0\n", vex=("vex.cdx.json",))
    components = [{"bom-ref": "it", "purl": "pkg:pypi/acme-tool@1.0"}]
    document = {"bomFormat": "CycloneDX", "components": components, "vulnerabilities": []}
    (Path(request.root) / "vex.cdx.json").write_text(json.dumps(document))
    assert scan(request, {}).state == "clean"
