"""Which steps provide a gate with a metric. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from esclusa.core.gate import Gate
from esclusa.core.metric import Metric
from esclusa.core.project import Stage, Step
from esclusa.core.scan import ACTIONS, METRICS
from esclusa.gates.samples import chosen

COUNTS: Mapping[str, tuple[str, ...]] = {
    "command": ("failed_tests",),
    **{action: METRICS[kind] for action, kind in ACTIONS.items()},
}
"""Actions that count findings, and the metrics they do it by."""
Measured = Mapping[str, Sequence[str]]
"""Step id -> the metrics that it will measure, for the steps that say so."""


def providers(gate: Gate, metric: Metric, stages: Iterable[Stage], measures: Measured) -> tuple[str, ...]:
    """The steps whose evidence the gate takes, as far as it is known before a run."""
    steps = (step for stage in stages for step in stage.steps)
    return chosen(gate, [step.id for step in steps if _provides(step, metric, measures)])


def rivals(gate: Gate, metric: Metric, stages: Iterable[Stage], measures: Measured) -> tuple[str, ...]:
    """Steps that will all provide it, where a gate can take it from one only; empty if there is no doubt."""
    sure = tuple(step for step in providers(gate, metric, stages, measures) if step in measures)
    return sure if len(sure) > 1 and metric.kind != "count" else ()


def _provides(step: Step, metric: Metric, measures: Measured) -> bool:
    """A step whose measurements are not known may provide whatever its kind can."""
    if step.id in measures:
        return metric.name in measures[step.id]
    if step.uses in COUNTS:
        return metric.name in COUNTS[step.uses]
    return step.uses not in _MEASURES_NOTHING and metric.kind != "count"


_MEASURES_NOTHING = ("checkout", "dependencies", "artifact", "sbom", "deploy")
