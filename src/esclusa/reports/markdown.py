"""The Markdown summary of a run, for a pull request or a job's summary page.

The verdict first, then why with numbers, then the rollout, the steps, what the tests found, and the failing
step's last lines at the very end, where a reader of logs looks. Always under LIMIT bytes: each part has its
share, and says what it left out. Text that is not ours is escaped, see `foreign`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from esclusa.core.evidence import Finding
from esclusa.core.gate import OPENS, Judgement, Mode, RuleJudgement, Verdict
from esclusa.core.rollout import Rollout
from esclusa.core.run import Outcome, Run, StepRecord, StepState
from esclusa.core.trial import Difference, Trial, Variant
from esclusa.gates.units import format_difference, format_differences, format_interval, format_value
from esclusa.reports.foreign import block, clipped, code, line

LIMIT = 1_000_000
"""Bytes; the strictest reader known cuts at 1 MiB."""
TAIL_LINES = 60

T = TypeVar("T")

_SHARES = {"gates": 350_000, "rollouts": 80_000, "steps": 200_000, "findings": 100_000, "tail": 60_000}

_SIGNS = {
    Outcome.PROMOTED: "✅",
    Outcome.PASSED: "✅",
    Outcome.BLOCKED: "⛔",
    Outcome.ROLLED_BACK: "↩️",
    Outcome.FAILED: "❌",
    Outcome.INTERRUPTED: "⏹️",
    Outcome.RUNNING: "⏳",
    Outcome.SUPERSEDED: "⏭️",
    Outcome.CONCLUDED: "✅",
}
_RULE_SIGNS = {
    Verdict.PASS: "✅ pass",
    Verdict.FAIL: "❌ fail",
    Verdict.UNDECIDED: "❔ undecided",
    Verdict.MISSING: "⛔ missing",
    Verdict.NOT_APPLICABLE: "➖ not applicable",
    Verdict.NOT_REFUTED: "✅ not refuted",
}
_STEP_SIGNS = {
    StepState.SUCCEEDED: "✅",
    StepState.FAILED: "❌",
    StepState.TOLERATED: "⚠️",
    StepState.CANCELLED: "⏹️",
    StepState.SKIPPED: "➖",
    StepState.WAITING: "·",
    StepState.RUNNING: "⏳",
}


def summary(run: Run, rollouts: Sequence[Rollout] = (), tail: str = "") -> str:
    """The run in Markdown. `tail` is the end of the failing step's log; without it, its failure's detail."""
    failed = next((step for step in run.steps if step.state is StepState.FAILED), None)
    parts = [
        _head(run),
        _gates(run.judgements),
        _rollouts(rollouts),
        _live(rollouts),
        _trials(rollouts),
        _steps(run.steps),
        _findings(run.steps),
        _tail(failed, tail),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(run: Run) -> str:
    outcome = run.outcome.value.replace("_", " ")
    facts = [
        f"commit {code(run.commit[:12])}{' with uncommitted changes' if run.dirty else ''}",
        line(run.subject, 300),
        f"release {code(run.release[:12])}" if run.release else "no release was sealed",
        f"run {code(run.id)}",
        _span(run.seconds),
    ]
    title = f"# {_SIGNS[run.outcome]} {line(run.project, 200)}: {outcome}"
    return "\n\n".join(part for part in (title, line(run.reason), " · ".join(filter(None, facts))) if part)


def _gates(judgements: Sequence[Judgement]) -> str:
    rules = [(judgement, rule) for judgement in judgements for rule in judgement.rules]
    header = ("", "gate", "rule", "what was seen", "n", "95 % interval", "limit")
    return _section("Gates", "gates", header, rules, lambda pair: _rule(*pair))


def rule_sign(rule: RuleJudgement) -> str:
    """The verdict with its sign; one that only warns has a sign of its own."""
    warns = rule.mode is Mode.WARN and rule.verdict not in OPENS
    return f"⚠️ {rule.verdict.value}" if warns else _RULE_SIGNS[rule.verdict]


def _rule(judgement: Judgement, rule: RuleJudgement) -> tuple[str, ...]:
    return (
        rule_sign(rule),
        line(judgement.gate, 100),
        code(rule.rule),
        line(rule.sentence),
        "" if rule.n is None else str(rule.n),
        "" if rule.interval is None else format_interval(*rule.interval, rule.unit),
        "" if rule.limit is None else format_value(rule.limit, rule.unit),
    )


def _rollouts(rollouts: Sequence[Rollout]) -> str:
    header = ("environment", "strategy", "state", "why", "candidate", "stable", "requests harmed")
    return _section("Rollout", "rollouts", header, rollouts, _rollout)


def _rollout(rollout: Rollout) -> tuple[str, ...]:
    return (
        line(rollout.environment, 100),
        line(rollout.spec.name, 100),
        rollout.state.value.replace("_", " "),
        line(rollout.reason),
        code(rollout.candidate[:12]),
        code(rollout.stable[:12]) or "none",
        f"{rollout.harmed} of {rollout.exposed}",
    )


def _live(rollouts: Sequence[Rollout]) -> str:
    """What the traffic said: each live rule with its evidence, and from where on a violation is shown."""
    rules = [
        (rollout.environment, rule)
        for rollout in rollouts
        if rollout.judgement
        for rule in rollout.judgement.rules
    ]
    header = ("", "environment", "rule", "what was seen", "n", "95 % interval", "evidence", "shown from")
    return _section("Live rules", "rollouts", header, rules, lambda pair: _live_rule(*pair))


def _live_rule(environment: str, rule: RuleJudgement) -> tuple[str, ...]:
    return (
        _RULE_SIGNS[rule.verdict],
        line(environment, 100),
        code(rule.rule),
        line(rule.sentence),
        "" if rule.n is None else str(rule.n),
        "" if rule.interval is None else format_interval(*rule.interval, rule.unit),
        "" if rule.e_value is None else f"{rule.e_value:.3g}",
        "" if rule.threshold is None else f"{rule.threshold:.3g}",
    )


def _trials(rollouts: Sequence[Rollout]) -> str:
    """What rollouts found that were there to find something out."""
    trials = [(rollout.environment, rollout.trial) for rollout in rollouts if rollout.trial is not None]
    if not trials:
        return ""
    parts = [line(f"{environment}: {trial.sentence}") for environment, trial in trials]
    variants = [one for _, trial in trials for one in trial.variants]
    header = ("variant", "release", "conversations", "turns", "failed", "error rate", "latency p50", "p95")
    parts.append(_section("Variants", "rollouts", header, variants, _variant))
    gaps = [(trial, gap) for _, trial in trials for gap in trial.differences]
    columns = ("", "variant", "metric", "difference", "interval", "of all intervals together")
    parts.append(_section("Differences", "rollouts", columns, gaps, lambda pair: _gap(*pair)))
    return "\n\n".join(filter(None, parts))


def _variant(one: Variant) -> tuple[str, ...]:
    return (
        line(one.name, 100),
        code(one.release[:12]),
        str(one.conversations),
        str(one.turns),
        str(one.failed),
        "" if one.error_rate is None else format_value(one.error_rate, "share"),
        *(format_value(one.latency[name], "s") if name in one.latency else "" for name in ("p50", "p95")),
    )


def _gap(trial: Trial, gap: Difference) -> tuple[str, ...]:
    return (
        gap.finding.value,
        line(f"{gap.variant} against {trial.control}", 200),
        gap.metric,
        format_difference(gap.estimate, gap.unit),
        format_differences(*gap.interval, gap.unit),
        f"{trial.confidence:.3g}",
    )


def _steps(steps: Sequence[StepRecord]) -> str:
    return _section("Steps", "steps", ("", "step", "took", ""), steps, _step)


def _step(step: StepRecord) -> tuple[str, ...]:
    failure = step.evidence.failure if step.evidence else None
    return (
        f"{_STEP_SIGNS[step.state]} {step.state.value}{' (cached)' if step.cached else ''}",
        code(step.id),
        _span(step.seconds) if step.attempts or step.seconds else "",
        line(failure.message, 500) if failure else _told(step),
    )


def _told(step: StepRecord) -> str:
    """The last numbers that the step told."""
    return line(", ".join(f"{name} {value}" for name, value in step.numbers.items()), 500)


def _findings(steps: Sequence[StepRecord]) -> str:
    found = [(step, finding) for step in steps if step.evidence for finding in step.evidence.findings]
    header = ("step", "severity", "what", "", "where", "fingerprint")
    return _section("Findings", "findings", header, found, lambda pair: _finding(*pair))


def _finding(step: StepRecord, finding: Finding) -> tuple[str, ...]:
    return (
        code(step.id),
        finding.severity,
        code(finding.rule),
        line(finding.message, 500),
        _place(finding),
        code(finding.fingerprint) if finding.fingerprint else "",
    )


def _place(finding: Finding) -> str:
    if finding.place is None:
        return ""
    commit = finding.place.commit
    return code(finding.place.line_of_file) + (f" in {code(commit[:12])}" if commit else "")


def _tail(failed: StepRecord | None, tail: str) -> str:
    if failed is None:
        return ""
    failure = failed.evidence.failure if failed.evidence else None
    text = tail or (failure.detail if failure else "")
    said = [line(failure.message)] if failure else []
    if failure and failure.mend:
        said.append(f"Mend: {line(failure.mend)}")
    if text.strip():
        lines = text.splitlines()
        left_out = (
            f" ({len(lines) - TAIL_LINES} lines before are in the log)" if len(lines) > TAIL_LINES else ""
        )
        # Four bytes a character at most, so that the block stays within its share.
        kept = [clipped(one, 500) for one in lines[-TAIL_LINES:]]
        said.append(f"The last lines of its log{left_out}:")
        said.append(block(clipped("\n".join(kept), _SHARES["tail"] // 4)))
    return "\n\n".join([f"## {code(failed.id)} failed", *said])


def _section(
    title: str,
    share: str,
    header: Sequence[str],
    things: Sequence[T],
    cells: Callable[[T], tuple[str, ...]],
) -> str:
    return section(title, _SHARES[share], header, things, cells)


def section(
    title: str,
    room: int,
    header: Sequence[str],
    things: Sequence[T],
    cells: Callable[[T], tuple[str, ...]],
    *,
    level: int = 2,
) -> str:
    """A table with a row for each thing, within so many bytes; what does not fit is counted."""
    if not things:
        return ""
    lines = [_row(header), _row("---" for _ in header)]
    for shown, thing in enumerate(things):
        text = _row(cells(thing))
        room -= len(text.encode()) + 1
        if room < 0:
            lines += ["", f"{len(things) - shown} more are in the JSON report."]
            break
        lines.append(text)
    return f"{'#' * level} {title}\n\n" + "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} m {rest:02d} s"
