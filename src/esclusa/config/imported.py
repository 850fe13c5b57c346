"""What a step that imports results will measure, from its settings alone."""

import re
from collections.abc import Iterable

from esclusa.config.problems import Places
from esclusa.core.metric import Metric
from esclusa.core.project import Stage, Step
from esclusa.gates.catalogue import BUILT_IN

IMPORT = "import"
MEASURED_BESIDE = ("error_rate", "latency", "tokens_per_query", "cost_per_query")
"""Where the files say it."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KNOWN = {metric.name: metric for metric in BUILT_IN}


def imported_metrics(stages: Iterable[Stage]) -> dict[str, tuple[Metric, ...]]:
    """By the id of each step that imports results. Names that nothing can be called by are left out."""
    steps = (step for stage in stages for step in stage.steps if step.uses == IMPORT)
    return {step.id: (*map(_metric, _named(step)), *map(_known, MEASURED_BESIDE)) for step in steps}


def check_imports(stages: Iterable[Stage], places: Places) -> None:
    """A score in [0, 1] cannot be called what is measured in another way."""
    for step in (step for stage in stages for step in stage.steps if step.uses == IMPORT):
        for name in step.settings.get("metrics", {}):
            if name not in _named(step):
                odd = "is measured otherwise" if name in _KNOWN else "cannot be the name of a metric"
                mend = "call it otherwise, by small letters, digits and `_`"
                places.bad(f"stages.{step.id}.metrics", f"`{name}` {odd}", mend)


def _named(step: Step) -> tuple[str, ...]:
    names = step.settings.get("metrics", {})
    return tuple(name for name in names if _NAME.fullmatch(name) and _is_score(name))


def _is_score(name: str) -> bool:
    known = _KNOWN.get(name)
    if known is None:
        return True
    return known.unit == "share" and known.better == "higher" and "threshold" in known.comparisons


def _metric(name: str) -> Metric:
    return _KNOWN.get(name) or Metric(
        name=name,
        kind="scores",
        unit="share",
        better="higher",
        estimators=("mean",),
        comparisons=("threshold", "baseline", "live"),
        measured_by=f"eval suites with the scorer `{name}`",
    )


def _known(name: str) -> Metric:
    return _KNOWN[name]
