"""From imported cases to evidence, as gates read it.

A case that errored in the other tool has no score: nobody here knows whether the agent failed or what asked
it. So it is unseen in every score, which a gate takes at its worst and at its best, and counts in
`error_rate`. A case that was not run is unseen in everything. Of a case that was asked several times the mean
counts, once.
"""

import statistics
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from esclusa.core.errors import ConfigurationError
from esclusa.core.evidence import Amounts, Coverage, Evidence, Failure, Measurement, Rate, Scores
from esclusa.core.value import digest
from esclusa.evals.imports.outcome import Outcome

Asked = Mapping[str, list[Outcome]]
"""By case, each time it was asked."""


def evidence(outcomes: Iterable[Outcome], metrics: Mapping[str, str]) -> Evidence:
    """What the cases say. `metrics` names the score that each metric is.

    ConfigurationError when no case has such a score, or one lies outside [0, 1].
    """
    asked: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        asked.setdefault(outcome.id, []).append(outcome)
    errored = [case for case, each in asked.items() if _errored(each)]
    not_run = [case for case, each in asked.items() if not _errored(each) and _not_run(each)]
    answered = len(asked) - len(errored) - len(not_run)
    measurements: dict[str, Measurement] = {}
    notes = [*_notes(asked, errored, not_run)]
    for metric, score in metrics.items():
        values, unseen = _values(asked, partial(_score, score))
        if values and len(values) < answered:
            notes.append(f"{_cases(answered - len(values))} unseen: no score `{score}`")
        if answered and not values:
            raise _nowhere(asked, metric, score)
        if values:
            measurements[metric] = _scores(values, unseen)
    left_out = set(not_run)
    ran = {case: float(_errored(each)) for case, each in asked.items() if case not in left_out}
    if ran:
        measurements["error_rate"] = Rate(hits=len(errored), n=len(ran), cases=ran, unseen=tuple(not_run))
    missing = dict.fromkeys((one for one in metrics if one not in measurements), "no case has a result")
    for metric, unit, amount in _AMOUNTS:
        values, unseen = _values(asked, amount)
        if answered and len(values) == answered:
            measurements[metric] = Amounts(unit=unit, cases=values, unseen=unseen)
        else:
            missing[metric] = f"{len(values)} of {answered} cases with a result say it"
    return Evidence(
        measurements=measurements,
        missing=missing,
        coverage=Coverage(
            total=len(asked),
            seen=answered,
            errored=len(errored),
            not_run=len(not_run),
            notes=tuple(notes),
        ),
        failure=_failure(asked, errored) if not answered else None,
        subject=digest(
            {
                "cases": sorted([case, *sorted({one.asked for one in each})] for case, each in asked.items()),
                "metrics": metrics,
            }
        ),
    )


_AMOUNTS: tuple[tuple[str, str, Callable[[Outcome], float | None]], ...] = (
    ("latency", "s", lambda one: one.seconds),
    ("tokens_per_query", "tokens", lambda one: one.tokens),
    ("cost_per_query", "USD", lambda one: one.cost),
)
ALWAYS = ("error_rate", *(metric for metric, _, _ in _AMOUNTS))
"""What is measured beside the metrics that are named, where the files say it."""


def _errored(asked: Iterable[Outcome]) -> bool:
    """A case that errored once has no mean over its repeats."""
    return any(one.error for one in asked)


def _not_run(asked: Iterable[Outcome]) -> bool:
    return any(one.not_run for one in asked)


def _values(
    asked: Asked, value: Callable[[Outcome], float | None]
) -> tuple[dict[str, float], tuple[str, ...]]:
    """The mean of each case, and the cases without one."""
    values: dict[str, float] = {}
    unseen: list[str] = []
    for case, each in asked.items():
        found = [None if one.error or one.not_run else value(one) for one in each]
        known = [one for one in found if one is not None]
        if len(known) == len(found):
            values[case] = statistics.fmean(known)
        else:
            unseen.append(case)
    return values, tuple(unseen)


def _score(name: str, one: Outcome) -> float | None:
    value = one.scores.get(name)
    if value is not None and not 0.0 <= value <= 1.0:
        message = f"the score `{name}` of the case `{one.id}` is {value:g}, and not between 0 and 1"
        raise ConfigurationError(message, file=one.file, mend="map a score that is, in `metrics`")
    return value


def _scores(values: Mapping[str, float], unseen: tuple[str, ...]) -> Measurement:
    if set(values.values()) <= {0.0, 1.0}:
        return Rate(hits=round(sum(values.values())), n=len(values), cases=values, unseen=unseen)
    return Scores(cases=values, unseen=unseen)


def _nowhere(asked: Asked, metric: str, score: str) -> ConfigurationError:
    known = sorted({name for each in asked.values() for one in each for name in one.scores})
    return ConfigurationError(
        f"no case has the score `{score}`",
        key=f"metrics.{metric}",
        mend=f"scores in these files: {', '.join(known) or 'none'}",
    )


def _notes(asked: Asked, errored: list[str], not_run: list[str]) -> Iterable[str]:
    if errored:
        first = next(one.error for one in asked[errored[0]] if one.error).splitlines()[0]
        yield f"{_cases(len(errored))} unseen: {first}"
    if not_run:
        why = next(one.not_run for one in asked[not_run[0]] if one.not_run).splitlines()[0]
        yield f"{_cases(len(not_run))} not run: {why}"


def _failure(asked: Asked, errored: list[str]) -> Failure:
    cause = next((one.error for case in errored for one in asked[case] if one.error), "")
    message = f"no case has a result: {cause}" if cause else "no case has a result"
    return Failure(reason="outside", message=message)


def _cases(number: int) -> str:
    return "1 case" if number == 1 else f"{number} cases"
