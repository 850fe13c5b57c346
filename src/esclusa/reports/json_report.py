"""The JSON report: a run with every verdict and its numbers, for programs.

`schema` names the shape: `esclusa.report/1`. Within one number fields may be added, never renamed, removed or
given another meaning; readers skip what they do not know. Every field is present, null where it does not
apply. `json_schema()` is the same in the words of JSON Schema.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from esclusa.core.evidence import Amounts, Count, Evidence, Measurement, Rate, Swaps
from esclusa.core.gate import Judgement, RuleJudgement
from esclusa.core.rollout import Rollout
from esclusa.core.run import Run, StepRecord
from esclusa.core.trial import Trial
from esclusa.stats import intervals

SCHEMA = "esclusa.report/1"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule came to. Shares are in [0, 1], times in seconds, whatever `unit` says."""

    rule: str
    metric: str
    verdict: str
    """`pass`, `fail`, `undecided`, `missing`, `not applicable` or `not refuted`."""
    mode: str
    """`block` or `warn`."""
    sentence: str
    estimate: float | None
    interval: tuple[float | None, float | None] | None
    """Low and high at `confidence`; null at an end that so few cases do not bound."""
    confidence: float
    limit: float | None
    baseline: float | None
    n: int | None
    unit: str
    needed: int | None
    """How many more cases would settle it."""
    evidence_from: str
    """The step's id."""
    settled_after: int | None
    """After how many cases it was settled, where the suite stopped early."""
    saved: int | None
    """How many cases were not run for that."""
    error: float | None
    """At most so likely all cases together say otherwise."""
    e_value: float | None
    """Live rules: the evidence that the limit is broken; shown when it reaches `threshold`."""
    threshold: float | None


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate came to; `opens` says whether the run could go on."""

    gate: str
    mode: str
    verdict: str
    opens: bool
    sentence: str
    rules: tuple[Rule, ...]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement in numbers: `mean` for all but counts, quantiles for amounts."""

    metric: str
    kind: str
    """`rate`, `scores`, `amounts`, `count` or `swaps`."""
    unit: str
    slice: str
    n: int
    """Cases seen; of a count, what was counted."""
    unseen: int
    hits: int | None
    mean: float | None
    p50: float | None
    p95: float | None
    max: float | None


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """How a step failed."""

    reason: str
    message: str
    mend: str
    exit_code: int | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the run."""

    id: str
    state: str
    cached: bool
    cached_from: str
    attempts: int
    started: str | None
    """RFC 3339."""
    seconds: float
    log: str
    failure: Failed | None
    measurements: tuple[Measured, ...]
    missing: dict[str, str]
    findings: int


class Rolled(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout that the run set out on."""

    id: str
    environment: str
    strategy: str
    state: str
    reason: str
    candidate: str
    stable: str
    """Empty for the first release."""
    phase: str
    share: float
    """The candidate's share of new conversations."""
    exposed: int
    harmed: int
    mirrored: int
    """Copies of requests beside those; nobody saw what came of them."""
    mirrored_failed: int
    started: str
    gate: Gate | None
    trial: Trial | None
    """What it found, if it was there to find something out."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A run."""

    schema: str
    id: str
    project: str
    commit: str
    subject: str
    dirty: bool
    until: str
    release: str
    outcome: str
    """`promoted`, `concluded`, `passed`, `blocked`, `rolled_back`, `failed`, `interrupted`, `running` or
    `superseded`."""
    reason: str
    started: str
    """RFC 3339."""
    seconds: float
    gates: tuple[Gate, ...]
    steps: tuple[Step, ...]
    rollouts: tuple[Rolled, ...]


def report(run: Run, rollouts: Sequence[Rollout] = ()) -> dict[str, Any]:
    """The run as dicts, lists and scalars in the shape of SCHEMA."""
    shaped = Report(
        schema=SCHEMA,
        id=run.id,
        project=run.project,
        commit=run.commit,
        subject=run.subject,
        dirty=run.dirty,
        until=run.until,
        release=run.release,
        outcome=run.outcome.value,
        reason=run.reason,
        started=run.started.isoformat(),
        seconds=run.seconds,
        gates=tuple(map(_gate, run.judgements)),
        steps=tuple(map(_step, run.steps)),
        rollouts=tuple(map(_rollout, rollouts)),
    )
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(shaped))
    return found


def gates(judgements: Iterable[Judgement]) -> list[dict[str, Any]]:
    """What gates say by themselves, in the shape that they have in a report."""
    found: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode([*map(_gate, judgements)]))
    return found


def json_schema() -> dict[str, Any]:
    """The shape of a report, as JSON Schema."""
    return msgspec.json.schema(Report)


def _gate(judgement: Judgement) -> Gate:
    return Gate(
        gate=judgement.gate,
        mode=judgement.mode.value,
        verdict=judgement.verdict.value,
        opens=judgement.opens,
        sentence=judgement.sentence,
        rules=tuple(map(_rule, judgement.rules)),
    )


def _rule(rule: RuleJudgement) -> Rule:
    return Rule(
        rule=rule.rule,
        metric=rule.metric,
        verdict=rule.verdict.value,
        mode=rule.mode.value,
        sentence=rule.sentence,
        estimate=rule.estimate,
        interval=rule.interval,
        confidence=rule.confidence,
        limit=rule.limit,
        baseline=rule.baseline,
        n=rule.n,
        unit=rule.unit,
        needed=rule.needed,
        evidence_from=rule.evidence_from,
        settled_after=rule.settled_after,
        saved=rule.saved,
        error=rule.error,
        e_value=rule.e_value,
        threshold=rule.threshold,
    )


def _step(step: StepRecord) -> Step:
    evidence = step.evidence or Evidence()
    failure = evidence.failure
    slices = [("", evidence.measurements), *evidence.slices.items()]
    return Step(
        id=step.id,
        state=step.state.value,
        cached=step.cached,
        cached_from=step.cached_from,
        attempts=step.attempts,
        started=step.started.isoformat() if step.started else None,
        seconds=step.seconds,
        log=step.log,
        failure=None
        if failure is None
        else Failed(
            reason=failure.reason,
            message=failure.message,
            mend=failure.mend,
            exit_code=failure.exit_code,
        ),
        measurements=tuple(
            _measured(metric, tag, measurement)
            for tag, measurements in slices
            for metric, measurement in measurements.items()
        ),
        missing=dict(evidence.missing),
        findings=len(evidence.findings),
    )


def _measured(metric: str, tag: str, measurement: Measurement) -> Measured:
    if isinstance(measurement, Count):
        return _numbers(metric, tag, "count", "findings", n=measurement.n)
    if isinstance(measurement, Swaps):
        return _swapped(metric, tag, measurement)
    unseen = len(measurement.unseen)
    if isinstance(measurement, Rate):
        hits, n = measurement.hits, measurement.n
        mean = hits / n if n else None
        return _numbers(metric, tag, "rate", "share", n=n, unseen=unseen, hits=hits, mean=mean)
    values = [value for value in measurement.cases.values() if math.isfinite(value)]
    mean = statistics.fmean(values) if values else None
    if not isinstance(measurement, Amounts):
        return _numbers(metric, tag, "scores", "share", n=len(values), unseen=unseen, mean=mean)
    return _numbers(
        metric,
        tag,
        "amounts",
        measurement.unit,
        n=len(values),
        unseen=unseen,
        mean=mean,
        p50=intervals.quantile(values, 0.5) if values else None,
        p95=intervals.quantile(values, 0.95) if values else None,
        max=max(values, default=None),
    )


def _swapped(metric: str, tag: str, swaps: Swaps) -> Measured:
    """Of counterfactual pairs, `hits` is how many have two sides that differ."""
    apart = [value for pairs in swaps.groups.values() for value in pairs.values()]
    unseen = sum(map(len, swaps.unseen.values()))
    hits = sum(value != 0 for value in apart)
    return _numbers(metric, tag, "swaps", "share", n=len(apart), unseen=unseen, hits=hits)


def _numbers(
    metric: str,
    tag: str,
    kind: str,
    unit: str,
    *,
    n: int,
    unseen: int = 0,
    hits: int | None = None,
    mean: float | None = None,
    p50: float | None = None,
    p95: float | None = None,
    max: float | None = None,
) -> Measured:
    return Measured(
        metric=metric,
        kind=kind,
        unit=unit,
        slice=tag,
        n=n,
        unseen=unseen,
        hits=hits,
        mean=mean,
        p50=p50,
        p95=p95,
        max=max,
    )


def _rollout(rollout: Rollout) -> Rolled:
    phase = rollout.phases[rollout.position] if rollout.position < len(rollout.phases) else None
    return Rolled(
        id=rollout.id,
        environment=rollout.environment,
        strategy=rollout.spec.name,
        state=rollout.state.value,
        reason=rollout.reason,
        candidate=rollout.candidate,
        stable=rollout.stable,
        phase=phase.name if phase else "",
        share=phase.share if phase else 0.0,
        exposed=rollout.exposed,
        harmed=rollout.harmed,
        mirrored=rollout.mirrored,
        mirrored_failed=rollout.mirrored_failed,
        trial=rollout.trial,
        started=rollout.started.isoformat(),
        gate=_gate(rollout.judgement) if rollout.judgement else None,
    )
