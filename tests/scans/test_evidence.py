"""A report as evidence: what a gate makes of each way in which a scan can end."""

import pytest

from esclusa.core.evidence import Count, Coverage, Failure, Finding
from esclusa.core.gate import Gate, Verdict
from esclusa.core.scan import Report, Unseen
from esclusa.core.value import replace
from esclusa.gates.catalogue import catalogue
from esclusa.gates.judge import NONE_YET, judge
from esclusa.gates.language import parse
from esclusa.scans.evidence import SHOWN, evidence

HIGH = Finding(rule="CVE-1", message="old", severity="high", metric="vulnerabilities")
LOW = replace(HIGH, severity="low")
SAID = replace(HIGH, metric="")
CLEAN = Report(kind="dependencies", target="here", seen=3)
LOST = Unseen(place="a.lock", why="it does not parse", mend="make it again")


def verdict(rule: str, report: Report) -> Verdict:
    gate = Gate(name="security", rules=(parse(rule, catalogue()),))
    return judge(gate, {"test.scan": evidence(report)}, None, baseline_state=NONE_YET).verdict


def test_findings_are_counted_by_metric_and_by_severity() -> None:
    found = evidence(replace(CLEAN, findings=(HIGH, LOW, SAID)))
    assert found.measurements == {"vulnerabilities": Count(n=2)}
    counts = {name: measured["vulnerabilities"].n for name, measured in found.slices.items()}  # type: ignore[union-attr]
    assert counts == {
        "severity>=note": 2,
        "severity>=low": 2,
        "severity>=medium": 1,
        "severity>=high": 1,
        "severity>=critical": 0,
        "severity=note": 0,
        "severity=low": 1,
        "severity=medium": 0,
        "severity=high": 1,
        "severity=critical": 0,
    }


@pytest.mark.parametrize(
    ("report", "outcome"),
    [
        (CLEAN, Verdict.PASS),
        (replace(CLEAN, findings=(SAID,)), Verdict.PASS),
        (replace(CLEAN, findings=(LOW,)), Verdict.FAIL),
        (replace(CLEAN, excluded=(LOST,)), Verdict.PASS),
        (replace(CLEAN, unseen=(LOST,)), Verdict.MISSING),
        (replace(CLEAN, unseen=(LOST,), findings=(LOW,)), Verdict.FAIL),
        (replace(CLEAN, trouble="the database is stale"), Verdict.MISSING),
        (replace(CLEAN, ran=False, trouble="not installed"), Verdict.MISSING),
    ],
)
def test_only_a_scan_that_saw_everything_can_open_a_gate(report: Report, outcome: Verdict) -> None:
    assert verdict("vulnerabilities == 0", report) is outcome


def test_a_gate_can_ask_about_the_severe_ones_alone() -> None:
    assert verdict("vulnerabilities{severity>=high} == 0", replace(CLEAN, findings=(LOW,))) is Verdict.PASS
    assert verdict("vulnerabilities{severity>=high} == 0", replace(CLEAN, findings=(HIGH,))) is Verdict.FAIL
    assert verdict("vulnerabilities{severity>=high} == 0", replace(CLEAN, unseen=(LOST,))) is Verdict.MISSING


@pytest.mark.parametrize(
    ("report", "failure"),
    [
        (CLEAN, None),
        (
            replace(CLEAN, ran=False, trouble="no engine", mend="install it"),
            Failure(reason="step", message="nothing was scanned: no engine", mend="install it"),
        ),
        (
            replace(CLEAN, trouble="it broke off", mend="again"),
            Failure(reason="outside", message="the scan failed: it broke off", mend="again"),
        ),
        (
            replace(CLEAN, unseen=(LOST, replace(LOST, mend=""))),
            Failure(
                reason="outside",
                message="2 things could not be looked at: a.lock (it does not parse), a.lock (it does not parse)",
                mend="make it again",
            ),
        ),
    ],
)
def test_what_was_not_seen_is_a_failure_with_its_mend(report: Report, failure: Failure | None) -> None:
    assert evidence(report).failure == failure


def test_coverage_counts_what_was_seen_what_was_not_and_what_was_left_out() -> None:
    many = tuple(replace(LOST, place=f"{number}.lock") for number in range(5))
    report = replace(CLEAN, unseen=many, excluded=(LOST,), findings=(LOW,) * (SHOWN + 1), notes=("3 locks",))
    assert evidence(report).coverage == Coverage(
        total=9,
        seen=3,
        errored=5,
        not_run=1,
        notes=(
            "3 locks",
            "left out by the project: a.lock (it does not parse)",
            "not looked at: 0.lock (it does not parse), 1.lock (it does not parse),"
            " 2.lock (it does not parse) and 2 more",
            "1 more findings are in the report of the scan",
        ),
    )
