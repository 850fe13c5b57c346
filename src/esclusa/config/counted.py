"""The metrics that a strategy takes from Prometheus: each is declared by its two queries."""

import re
from collections.abc import Iterable, Iterator

from esclusa.config.problems import Problems
from esclusa.config.reader import Section
from esclusa.core.metric import Metric
from esclusa.gates.catalogue import BUILT_IN
from esclusa.gates.guard import ERRORS

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_KNOWN = {metric.name for metric in BUILT_IN} - {ERRORS}


def counted_metrics(strategies: Iterable[Section], problems: Problems) -> tuple[Metric, ...]:
    """What rules may name beside the catalogue. Reports names that nothing can be called by."""
    return tuple({metric.name: metric for each in strategies for metric in _of(each, problems)}.values())


def _of(strategy: Section, problems: Problems) -> Iterator[Metric]:
    for name, rate in strategy["prometheus"]["rates"].items():
        if not _NAME.fullmatch(name) or name in _KNOWN:
            odd = "is measured otherwise" if name in _KNOWN else "cannot be the name of a metric"
            mend = "call it otherwise, by small letters, digits and `_`"
            problems.add(f"`{name}` {odd}", line=rate.line, key=rate.key, mend=mend)
        elif name != ERRORS:
            yield Metric(
                name=name,
                kind="rate",
                unit="share",
                better="lower",
                estimators=("mean",),
                comparisons=("live",),
                measured_by="Prometheus, while a rollout is under way",
            )
