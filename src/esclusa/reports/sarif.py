"""SARIF 2.1.0 of scans: what code-scanning pages, editors and other gates read.

One run for each scan. Accepted findings are there, suppressed with their reason; what was not looked at is a
notification, and a scan that did not see everything says that its execution was not successful.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from esclusa import __version__
from esclusa.core.evidence import Finding, Place
from esclusa.core.scan import Accepted, Report
from esclusa.reports.foreign import clipped, plain

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST = 5_000
"""Results of one run; the strictest reader known takes no more."""
_LEVELS = {"note": "note", "low": "note", "medium": "warning", "high": "error", "critical": "error"}
_SCORES = {"note": "0.0", "low": "3.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}
"""What readers that rank by CVSS are told: the middle of each band."""


def sarif(reports: Iterable[Report]) -> str:
    """The scans as one SARIF log."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report) for report in reports]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _run(report: Report) -> dict[str, Any]:
    shown = report.findings[:MOST]
    rules = {finding.rule: finding for finding in (*shown, *(one.finding for one in report.accepted))}
    order = list(rules)
    return {
        "tool": {
            "driver": {
                "name": f"esclusa scan {report.kind}",
                "version": __version__,
                "rules": [_rule(rules[name]) for name in order],
            },
            "extensions": [{"name": one.name, **_filled(version=one.version)} for one in report.engines],
        },
        "automationDetails": {"id": f"esclusa/{report.kind}/"},
        "originalUriBaseIds": {"ROOT": {"description": {"text": plain(report.target)}}},
        "invocations": [
            {
                "executionSuccessful": report.state in ("clean", "found"),
                "toolExecutionNotifications": list(_notifications(report)),
            }
        ],
        "results": [
            *(_result(finding, order) for finding in shown),
            *(_suppressed(one, order) for one in report.accepted),
        ],
    }


def _rule(finding: Finding) -> dict[str, Any]:
    return {
        "id": plain(finding.rule),
        "shortDescription": {"text": _text(finding.rule, 200)},
        **({"help": {"text": _text(finding.mend, 1000)}} if finding.mend else {}),
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": {"security-severity": _SCORES[finding.severity], "tags": ["security"]},
    }


def _result(finding: Finding, order: Sequence[str]) -> dict[str, Any]:
    fingerprint = finding.fingerprint
    return {
        "ruleId": plain(finding.rule),
        "ruleIndex": order.index(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(_said(finding), 1000)},
        "locations": [_location(finding.place)] if finding.place else [],
        **({"partialFingerprints": {"esclusa/v1": fingerprint}} if fingerprint else {}),
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            **_filled(metric=finding.metric, commit=finding.place.commit if finding.place else ""),
        },
    }


def _suppressed(accepted: Accepted, order: Sequence[str]) -> dict[str, Any]:
    place = accepted.finding.place
    inline = place is not None and accepted.where == place.line_of_file
    return {
        **_result(accepted.finding, order),
        "suppressions": [
            {
                "kind": "inSource" if inline else "external",
                "status": "accepted",
                "justification": _text(_why(accepted), 1000),
            }
        ],
    }


def _why(accepted: Accepted) -> str:
    by = f" ({accepted.by})" if accepted.by else ""
    until = f", until {accepted.expires}" if accepted.expires else ""
    return f"{accepted.reason}{by}{until}: {accepted.where}"


def _said(finding: Finding) -> str:
    place = finding.place
    inside = f" in {place.file.partition('!')[2]}" if place and "!" in place.file else ""
    since = f", in commit {place.commit[:12]}" if place and place.commit else ""
    return f"{finding.message}{inside}{since}"


def _location(place: Place) -> dict[str, Any]:
    """Where it is; what is inside an archive is placed at the archive itself."""
    outer, _, inner = place.file.partition("!")
    region = {"region": {"startLine": place.line}} if place.line and not inner else {}
    artifact = {"uri": quote(outer, safe="/"), "uriBaseId": "ROOT"}
    return {"physicalLocation": {"artifactLocation": artifact, **region}}


def _notifications(report: Report) -> Iterator[dict[str, Any]]:
    if report.trouble:
        yield {"level": "error", "message": {"text": _text(report.trouble, 1000)}}
    for one in report.unseen[:MOST]:
        text = _text(f"not looked at: {one.place}: {one.why}", 1000)
        yield {"level": "error", "message": {"text": text}}
    for one in report.excluded[:MOST]:
        yield {"level": "note", "message": {"text": _text(f"left out: {one.place}: {one.why}", 1000)}}
    for idle in report.idle[:MOST]:
        yield {"level": "note", "message": {"text": _text(idle.told, 1000)}}
    if len(report.findings) > MOST:
        left = len(report.findings) - MOST
        yield {"level": "warning", "message": {"text": f"{left} more findings are in the JSON"}}


def _text(foreign: str, most: int) -> str:
    return plain(clipped(foreign, most))


def _filled(**texts: str) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}
