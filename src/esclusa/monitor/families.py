"""A scene as metric families, named after the conventions of Prometheus and OpenTelemetry's CI/CD vocabulary.

Nothing is labelled by a run: versions and ids stand in `_info` metrics only, so that no commit makes another
series. Counters are folds of the journal, so they survive a restart of whoever serves them.
"""

import math
from collections.abc import Iterable, Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    SummaryMetricFamily,
)

from esclusa.core.gate import RuleJudgement, Verdict
from esclusa.core.rollout import FINAL, RolloutState
from esclusa.core.run import Outcome, Run
from esclusa.monitor.scene import Place, Scene

RUNS = (30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0)
"""Buckets of a run's seconds."""


def families(scene: Scene) -> Iterator[Metric]:
    """All metrics of a scene."""
    yield InfoMetricFamily("esclusa_build", "The version of esclusa.", value={"version": scene.version})
    yield from _controller(scene)
    yield from _rollouts(scene)
    yield from _evidence(scene)
    yield from _past(scene)
    yield from _replicas(scene)
    yield from _gates(scene)
    yield from _runs(scene)


def _controller(scene: Scene) -> Iterator[Metric]:
    yield _gauge("esclusa_controller_up", "Whether a controller drives the rollouts.", scene.controlled)
    yield _gauge(
        "esclusa_controller_last_decision_timestamp_seconds",
        "When a rollout last moved or was last looked at.",
        scene.decided,
    )


def _rollouts(scene: Scene) -> Iterator[Metric]:
    info = GaugeMetricFamily(
        "esclusa_rollout_info",
        "The newest rollout of an environment; always 1.",
        labels=("environment", "rollout", "strategy", "stable", "candidate"),
    )
    state = GaugeMetricFamily(
        "esclusa_rollout_state",
        "1 for the state of the newest rollout of an environment, else 0.",
        labels=("environment", "state"),
    )
    weight = GaugeMetricFamily(
        "esclusa_rollout_candidate_weight_ratio",
        "The candidate's share of new conversations.",
        labels=("environment",),
    )
    limit = GaugeMetricFamily(
        "esclusa_rollout_exposed_failures_limit",
        "How many failed requests roll the newest rollout back whatever the evidence says.",
        labels=("environment",),
    )
    failures = GaugeMetricFamily(
        "esclusa_rollout_exposed_failures",
        "Failed requests to the candidate of the newest rollout.",
        labels=("environment",),
    )
    for place in scene.places:
        rollout = place.rollout
        if rollout is None:
            continue
        info.add_metric((place.name, rollout.id, rollout.spec.name, rollout.stable, rollout.candidate), 1)
        for one in RolloutState:
            state.add_metric((place.name, one.value), one is rollout.state)
        weight.add_metric((place.name,), _weight(place))
        failures.add_metric((place.name,), rollout.harmed)
        if rollout.spec.max_harmed is not None:
            limit.add_metric((place.name,), rollout.spec.max_harmed)
    yield from (info, state, weight, failures, limit)


def _weight(place: Place) -> float:
    """As it is routed; as it was intended where the target cannot be asked."""
    rollout, seen = place.rollout, place.observation
    if rollout is None:
        return 0.0
    if seen is None:
        going = rollout.generation and rollout.state not in FINAL | {RolloutState.RESTORING}
        return rollout.phases[rollout.position].share if going else 0.0
    return next((one.weight for one in seen.workloads if one.release == rollout.candidate), 0.0)


def _evidence(scene: Scene) -> Iterator[Metric]:
    """The live rules of each newest rollout."""
    labels = ("environment", "rule")
    evidence = GaugeMetricFamily(
        "esclusa_rollout_evidence_log10", "Evidence against a live rule, as a power of ten.", labels=labels
    )
    threshold = GaugeMetricFamily(
        "esclusa_rollout_evidence_threshold_log10", "The evidence that rolls back.", labels=labels
    )
    estimate = GaugeMetricFamily(
        "esclusa_rollout_estimate", "What a live rule measured of the candidate.", labels=labels
    )
    baseline = GaugeMetricFamily(
        "esclusa_rollout_baseline", "What a live rule measured of stable.", labels=labels
    )
    verdict = GaugeMetricFamily(
        "esclusa_rollout_verdict",
        "1 for the verdict of a live rule, else 0.",
        labels=(*labels, "verdict"),
    )
    for place in scene.places:
        judged = place.rollout.judgement if place.rollout else None
        for rule in judged.rules if judged else ():
            key = (place.name, rule.rule)
            for family, value in ((estimate, rule.estimate), (baseline, rule.baseline)):
                if value is not None:
                    family.add_metric(key, value)
            for family, value in ((evidence, rule.e_value), (threshold, rule.threshold)):
                if value is not None:
                    family.add_metric(key, math.log10(value) if value > 0 else -math.inf)
            for one in Verdict:
                verdict.add_metric((*key, one.value), one is rule.verdict)
    yield from (evidence, threshold, estimate, baseline, verdict)


def _past(scene: Scene) -> Iterator[Metric]:
    ended = CounterMetricFamily(
        "esclusa_rollouts", "Rollouts that have ended, by how.", labels=("environment", "state")
    )
    exposed = CounterMetricFamily(
        "esclusa_rollout_exposed_requests", "Requests that candidates served.", labels=("environment",)
    )
    failed = CounterMetricFamily(
        "esclusa_rollout_failed_requests", "Requests to candidates that failed.", labels=("environment",)
    )
    back = SummaryMetricFamily(
        "esclusa_rollback_duration_seconds",
        "From the decision to go back until it was confirmed.",
        labels=("environment",),
    )
    for environment, known in scene.past.items():
        for state in sorted(FINAL):
            ended.add_metric((environment, state.value), known.ended.get(state.value, 0))
        exposed.add_metric((environment,), known.exposed)
        failed.add_metric((environment,), known.harmed)
        back.add_metric((environment,), count_value=len(known.went_back), sum_value=sum(known.went_back))
    yield from (ended, exposed, failed, back)


def _replicas(scene: Scene) -> Iterator[Metric]:
    replicas = GaugeMetricFamily(
        "esclusa_replicas",
        "Replicas of stable and of the candidate: wanted, running, healthy.",
        labels=("environment", "role", "state"),
    )
    up = GaugeMetricFamily(
        "esclusa_target_up", "Whether an environment's target could be asked.", labels=("environment",)
    )
    for place in scene.places:
        seen = place.observation
        up.add_metric((place.name,), seen is not None)
        for workload in seen.workloads if seen else ():
            role = "stable" if workload.release == place.serving else "candidate"
            counts = {"wanted": workload.wanted, "running": workload.running, "healthy": workload.healthy}
            for state, count in counts.items():
                replicas.add_metric((place.name, role, state), count)
    yield from (up, replicas)


def _gates(scene: Scene) -> Iterator[Metric]:
    """The gates of the newest run that judged any."""
    judged = next((run.judgements for run in reversed(scene.runs) if run.judgements), ())
    result = GaugeMetricFamily(
        "esclusa_gate_result",
        "1 for the verdict of a gate in the newest run that judged it, else 0.",
        labels=("gate", "verdict"),
    )
    labels = ("gate", "rule", "unit")
    measured = {
        name: GaugeMetricFamily(f"esclusa_gate_{name}", words, labels=labels)
        for name, words in (
            ("estimate", "What a rule measured."),
            ("threshold", "The limit of a rule."),
            ("lower", "The lower end of the interval."),
            ("upper", "The upper end of the interval."),
        )
    }
    for gate in judged:
        for one in Verdict:
            result.add_metric((gate.gate, one.value), one is gate.verdict)
        for rule in gate.rules:
            for name, value in _numbers(rule).items():
                if value is not None:
                    measured[name].add_metric((gate.gate, rule.rule, rule.unit), value)
    yield result
    yield from measured.values()


def _numbers(rule: RuleJudgement) -> dict[str, float | None]:
    lower, upper = rule.interval or (None, None)
    return {"estimate": rule.estimate, "threshold": rule.limit, "lower": lower, "upper": upper}


def _runs(scene: Scene) -> Iterator[Metric]:
    running = [run for run in scene.runs if run.outcome is Outcome.RUNNING]
    ended = [run for run in scene.runs if run.outcome is not Outcome.RUNNING]
    yield _gauge("cicd_pipeline_run_active", "Runs under way.", len(running), project=scene.project)
    seconds = HistogramMetricFamily(
        "cicd_pipeline_run_duration_seconds",
        "How long runs took, by how they ended.",
        labels=("cicd_pipeline_name", "cicd_pipeline_result"),
    )
    for outcome in Outcome:
        took = [run.seconds for run in ended if run.outcome is outcome]
        if outcome is not Outcome.RUNNING:
            buckets = [(f"{most:g}", sum(one <= most for one in took)) for most in RUNS]
            seconds.add_metric(
                (scene.project, outcome.value), buckets=[*buckets, ("+Inf", len(took))], sum_value=sum(took)
            )
    yield seconds
    errors = CounterMetricFamily(
        "cicd_pipeline_run_errors",
        "Runs that something failed which was not judged.",
        labels=("cicd_pipeline_name",),
    )
    errors.add_metric((scene.project,), _failed(ended))
    yield errors


def _failed(runs: Iterable[Run]) -> int:
    return sum(run.outcome in (Outcome.FAILED, Outcome.INTERRUPTED) for run in runs)


def _gauge(name: str, words: str, value: float, *, project: str = "") -> Metric:
    family = GaugeMetricFamily(name, words, labels=("cicd_pipeline_name",) if project else ())
    family.add_metric((project,) if project else (), value)
    return family
