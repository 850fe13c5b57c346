"""The Markdown of scans, for a pull request: what gates say, how each ended, what was found, and not seen.

Under LIMIT bytes: each part has its share, and says what it left out. No value of a secret or a person is in
a report, so none is here.
"""

from collections.abc import Sequence

from esclusa.core.evidence import Finding, Place
from esclusa.core.gate import Judgement, RuleJudgement
from esclusa.core.scan import Accepted, Idle, Report, State, Unseen
from esclusa.reports.foreign import code, line
from esclusa.reports.markdown import rule_sign, section

LIMIT = 65_000
"""Bytes; a comment of a pull request may have 65,536 characters."""
_SIGNS: dict[State, str] = {"clean": "✅", "found": "❌", "error": "⛔", "not run": "⛔"}
_PARTS = 5
_GATES = 8_000
"""Bytes of what gates say."""


def scan_markdown(reports: Sequence[Report], judgements: Sequence[Judgement] = ()) -> str:
    """The scans in Markdown, the share of each the smaller the more there are; the verdicts first."""
    share = (LIMIT - _GATES) // (max(1, len(reports)) * _PARTS) - 500
    rules = [(judgement, rule) for judgement in judgements for rule in judgement.rules]
    parts = [section("Gates", _GATES - 500, ("", "gate", "rule", "why"), rules, lambda pair: _rule(*pair))]
    parts += [part for report in reports for part in _report(report, share)]
    return "\n\n".join(filter(None, parts)) + "\n"


def _rule(judgement: Judgement, rule: RuleJudgement) -> tuple[str, ...]:
    return rule_sign(rule), line(judgement.gate, 100), code(rule.rule), line(rule.sentence, 400)


def _report(report: Report, share: int) -> tuple[str, ...]:
    found = ("severity", "what", "rule", "where", "fingerprint", "mend")
    return (
        f"## {_SIGNS[report.state]} {report.kind}: {report.state}",
        line(report.trouble + (f" ({report.mend})" if report.mend else ""), 600) if report.trouble else "",
        " · ".join(_facts(report)),
        section("Found", share, found, report.findings, _finding, level=3),
        section("Not looked at", share, ("where", "why", "mend"), report.unseen, _unseen, level=3),
        section("Accepted", share, ("what", "where", "until", "why"), report.accepted, _accepted, level=3),
        section(
            "Accepts nothing that was found: remove it", share, ("where", "what"), report.idle, _idle, level=3
        ),
        section("Left out by the project", share, ("where", "why", ""), report.excluded, _unseen, level=3),
    )


def _facts(report: Report) -> list[str]:
    engines = [one.told for one in report.engines]
    return [line(one, 300) for one in (report.target, *report.notes, *engines)]


def _finding(finding: Finding) -> tuple[str, ...]:
    sure = "" if finding.confidence == "high" else f" ({finding.confidence} confidence)"
    return (
        finding.severity,
        line(finding.message, 400) + sure,
        code(finding.rule),
        _place(finding.place),
        code(finding.fingerprint),
        line(finding.mend, 300),
    )


def _place(place: Place | None) -> str:
    if place is None:
        return ""
    since = f" in {code(place.commit[:12])}" if place.commit else ""
    return code(place.line_of_file) + since


def _unseen(one: Unseen) -> tuple[str, ...]:
    return code(one.place), line(one.why, 300), line(one.mend, 200)


def _accepted(one: Accepted) -> tuple[str, ...]:
    by = f" ({one.by})" if one.by else ""
    return line(one.finding.message, 200), _place(one.finding.place), one.expires, line(one.reason + by, 300)


def _idle(one: Idle) -> tuple[str, ...]:
    return code(one.where), code(one.what)
