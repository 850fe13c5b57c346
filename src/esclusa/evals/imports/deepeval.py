"""DeepEval's test runs, as it keeps them in its results folder: one test case each, with its metrics.

Scores: `passed`, and each metric's by its name, small letters and `_` for what is between words. A metric
that failed to score has none; without it nobody can say whether the case passed, unless it is marked flaky.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from esclusa.evals.imports.outcome import PASSED, Outcome
from esclusa.evals.imports.part import Part

KINDS = ("testCases", "conversationalTestCases")


def recognises(document: Any) -> bool:
    """Whether DeepEval wrote it."""
    return isinstance(document, dict) and isinstance(document.get("testCases"), list)


def outcomes(root: Part) -> Iterator[Outcome]:
    """The cases of the run."""
    for kind in KINDS:
        cases = root.maybe(kind)
        yield from map(_outcome, cases.items() if cases else ())


def _outcome(case: Part) -> Outcome:
    measured = case.maybe("metricsData")
    metrics = list(measured.items()) if measured else []
    broken = [metric for metric in metrics if metric.maybe("error")]
    failed = [metric for metric in broken if not ((flaky := metric.maybe("flaky")) and flaky.truth())]
    scores = {
        re.sub(r"\W+", "_", metric.at("name").text().lower()).strip("_"): score.number()
        for metric in metrics
        if (score := metric.maybe("score")) is not None and metric not in broken
    }
    verdict, asked = case.maybe("success"), case.maybe("input") or case.maybe("turns")
    seconds, cost = case.maybe("completionTime"), case.maybe("tokenCost")
    if verdict is not None and not failed:
        scores[PASSED] = float(verdict.truth())
    return Outcome(
        id=case.at("name").text(),
        file=case.file,
        asked=json.dumps(asked.value if asked else None, sort_keys=True),
        scores=scores,
        error=_error(broken) if not scores else "",
        seconds=seconds.amount() if seconds else None,
        tokens=_tokens(case),
        cost=cost.amount() if cost else None,
    )


def _error(failed: list[Part]) -> str:
    return (failed[0].at("error").text() if failed else "") or "no metric scored it"


def _tokens(case: Part) -> float | None:
    asked, answered = case.maybe("inputTokenCount"), case.maybe("outputTokenCount")
    return asked.amount() + answered.amount() if asked and answered else None
