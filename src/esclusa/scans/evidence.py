"""A report as evidence for the gates: counts by metric and severity, findings, coverage, and how it failed.

A scan that did not see everything, or did not begin, is a failure: what was counted until then can close a
gate and never open one.
"""

from collections.abc import Iterable, Mapping

from esclusa.core.evidence import SEVERITIES, Count, Coverage, Evidence, Failure, Finding, Measurement
from esclusa.core.scan import METRICS, Report, Unseen

SHOWN = 200
"""Findings that evidence carries; the report has all."""
NAMED = 3
"""Places that a message names."""


def evidence(report: Report) -> Evidence:
    """What the report says, for a gate."""
    metrics = METRICS[report.kind]
    counted = {metric: [one for one in report.findings if one.metric == metric] for metric in metrics}
    return Evidence(
        measurements={metric: Count(n=len(found)) for metric, found in counted.items()},
        slices=_by_severity(counted),
        findings=report.findings[:SHOWN],
        coverage=_coverage(report),
        failure=_failure(report),
    )


def _by_severity(counted: Mapping[str, Iterable[Finding]]) -> dict[str, Mapping[str, Measurement]]:
    slices: dict[str, Mapping[str, Measurement]] = {}
    for at, severity in enumerate(SEVERITIES):
        for sign, among in ((">=", SEVERITIES[at:]), ("=", (severity,))):
            slices[f"severity{sign}{severity}"] = {
                metric: Count(n=sum(one.severity in among for one in found))
                for metric, found in counted.items()
            }
    return slices


def _coverage(report: Report) -> Coverage:
    return Coverage(
        total=report.seen + len(report.unseen) + len(report.excluded),
        seen=report.seen,
        errored=len(report.unseen),
        not_run=len(report.excluded),
        notes=tuple(_notes(report)),
    )


def _notes(report: Report) -> Iterable[str]:
    yield from report.notes
    if report.accepted:
        many = len(report.accepted)
        yield f"{many} finding{' was' if many == 1 else 's were'} accepted by somebody"
    if report.excluded:
        yield f"left out by the project: {_named(report.excluded)}"
    if report.unseen:
        yield f"not looked at: {_named(report.unseen)}"
    if len(report.findings) > SHOWN:
        yield f"{len(report.findings) - SHOWN} more findings are in the report of the scan"


def _failure(report: Report) -> Failure | None:
    """Nobody can say that there is nothing where nobody looked."""
    if not report.ran:
        return Failure(reason="step", message=f"nothing was scanned: {report.trouble}", mend=report.mend)
    if report.trouble:
        return Failure(reason="outside", message=f"the scan failed: {report.trouble}", mend=report.mend)
    if report.unseen:
        many = len(report.unseen)
        return Failure(
            reason="outside",
            message=f"{many} thing{'' if many == 1 else 's'} could not be looked at: {_named(report.unseen)}",
            mend=next((one.mend for one in report.unseen if one.mend), "exclude what need not be looked at"),
        )
    return None


def _named(places: Iterable[Unseen]) -> str:
    listed = [f"{one.place} ({one.why})" for one in places]
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more
