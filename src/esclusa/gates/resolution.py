"""Resolution: what a rule can tell with so many cases, before anything is asked.

Three questions of each rule. Can it come out either way at all with so many cases? How far off must the truth
be, for the judge to tell it from the limit (in so many runs of a hundred: the power)? How many cases would
tell what is expected? The answers are about the tests and intervals that `judge` uses, at its confidence.

What is expected comes from a run that is stored, as far as there is one. Without, shares are taken to be as
one says they are, and how far scores and amounts spread is not known. Falls of shares are counted exactly
(`stats.drops`); the rest is the normal approximation, good enough to plan with. It decides nothing.
"""

import math
import statistics
from bisect import bisect_left
from collections.abc import Sequence
from statistics import NormalDist

from esclusa.core.gate import Absolute, Mode, Relative, Rule, Verdict
from esclusa.core.metric import Metric
from esclusa.core.value import Value
from esclusa.gates import answers
from esclusa.gates.disparity import alike
from esclusa.gates.estimates import CONFIDENCE, holds, quantile_of
from esclusa.gates.pairs import ALPHA
from esclusa.gates.population import share_decided
from esclusa.gates.question import Expected, Question
from esclusa.gates.units import format_value
from esclusa.stats import drops, paired, planning

TWO_POINTS = 0.02


class Resolution(Value, frozen=True, kw_only=True):
    """What one rule can tell. Numbers are in the metric's unit; of a quantile, in shares of the cases."""

    rule: str
    metric: str
    mode: Mode
    cases: int
    can_pass: bool
    can_fail: bool
    says: tuple[str, ...]
    """The same in words."""
    below: float | None = None
    """A fixed limit: a true value is told from it that lies here or lower; None: none is low enough."""
    above: float | None = None
    """The same, here or higher."""
    worse: float | None = None
    """A limit from the baseline: the smallest change to the worse that is called a regression."""
    unchanged: float | None = None
    """The chance that a release which is no worse is seen within the margin."""
    expects: float | None = None
    """What `needed` is about: the true value, or the change to the worse."""
    needed: int | None = None
    """How many cases would tell that; None if no number would, or it is not known."""


def resolve(
    rule: Rule,
    metric: Metric,
    cases: int,
    expected: Expected,
    *,
    power: float = 0.8,
    drop: float | None = None,
) -> Resolution:
    """What the rule can tell with so many cases. `drop` is the change to the worse of a share that matters;
    otherwise twice the margin of the rule, or two points where it has none.
    """
    ask = Question(rule, metric, cases, expected, power, drop)
    q = quantile_of(rule.estimator)
    if isinstance(rule.limit, Relative):
        share = metric.kind == "rate" or q is not None
        return _fall(ask, rule.limit, q) if share else _move(ask, rule.limit)
    if metric.kind == "swaps":
        return _gap(ask, rule.limit.value)
    if q is not None:
        return _quantile(ask, rule.limit.value, q)
    return _share(ask, rule.limit) if metric.kind == "rate" else _mean(ask, rule.limit.value)


def untagged(rule: Rule) -> Resolution:
    """The answer for a rule on cases of which a suite has none."""
    return Resolution(
        rule=rule.text,
        metric=rule.metric,
        mode=rule.mode,
        cases=0,
        can_pass=False,
        can_fail=False,
        says=(f"no case of the suite is tagged `{rule.slice}`",),
    )


def _share(ask: Question, limit: Absolute) -> Resolution:
    """A rate against a fixed limit: a count of the cases decides, whatever else one might ask."""
    edge, n = limit.value, ask.cases
    passing, failing = _counts(ask, edge)
    below, above = _told_from(ask, edge)
    value = ask.good if ask.metric.better == "higher" else 1.0 - ask.good
    needed = _against_limit(ask, value, edge)
    return _answer(
        ask,
        answers.passes(passing, n),
        answers.beyond(ask, below, above, f"a true {ask.name}"),
        answers.least(ask, edge, *((1.0, above) if ask.higher else (0.0, below))),
        answers.wanted(ask, value, needed, f"a true {ask.name}"),
        can_pass=bool(passing),
        can_fail=bool(failing),
        below=below,
        above=above,
        expects=value,
        needed=needed,
    )


def _counts(ask: Question, edge: float) -> tuple[Sequence[int], Sequence[int]]:
    """The counts of the cases that pass, and those that fail; `for: population` leaves some between them."""
    counts = range(ask.cases + 1)
    if not ask.rule.population:
        passing = [hits for hits in counts if holds(hits / ask.cases, ask.rule.operator, edge)]
        return passing, counts[: len(counts) - len(passing)]  # so many, whichever they are

    def first(verdict: Verdict) -> int:
        """From which count on it is, or is no more, this verdict."""
        begins = (verdict is Verdict.PASS) is ask.higher
        return bisect_left(
            counts,
            True,
            key=lambda hits: (share_decided(ask.rule, edge, hits, ask.cases) is verdict) is begins,
        )

    passes, fails = first(Verdict.PASS), first(Verdict.FAIL)
    return (counts[passes:], counts[:fails]) if ask.higher else (counts[:passes], counts[fails:])


def _gap(ask: Question, limit: float) -> Resolution:
    """Counterfactual pairs, each of two cases; every group has a bound of its own."""
    if not 0.0 < limit < 1.0:
        return _answer(ask, "no number of pairs tells")
    least = alike(limit)
    return _answer(
        ask,
        f"it passes with {least} or more pairs of each group when all are alike,"
        " and takes more where some differ",
        can_pass=ask.cases >= 2 * least,
    )


def _quantile(ask: Question, limit: float, q: float) -> Resolution:
    """A quantile is at most its limit exactly where a share q of the cases is."""
    edge = format_value(limit, ask.metric.unit)
    if q >= 1.0:
        return _answer(
            ask, f"one case beyond {edge} decides it, and no number of cases says that none could be"
        )
    below, above = _told_from(ask, q)
    values = ask.expected.values
    share = sum(value <= limit for value in values) / len(values) if values else None
    needed, within = _against_limit(ask, share, q), f"cases within {edge}"
    return _answer(
        ask,
        answers.beyond(ask, below, above, f"a share of {within}"),
        answers.least(ask, q, *((0.0, below) if ask.higher else (1.0, above))),
        answers.wanted(ask, share, needed, f"a share of {within}"),
        below=below,
        above=above,
        expects=share,
        needed=needed,
    )


def _mean(ask: Question, limit: float) -> Resolution:
    """A mean of scores or amounts against a fixed limit."""
    values, unit = ask.expected.values, ask.metric.unit
    if not values:
        return _answer(ask, f"how far the values of {ask.name} spread is not known before a run is stored")
    spread, mean = statistics.pstdev(values), statistics.fmean(values)
    off = ask.reach * spread / math.sqrt(ask.cases)
    top = 1.0 if unit == "share" else math.inf
    below = limit - off if limit - off >= 0.0 else None
    above = limit + off if limit + off <= top else None
    needed = _enough(ask, spread, mean - limit)
    return _answer(
        ask,
        answers.beyond(ask, below, above, f"a true {ask.name}"),
        answers.wanted(ask, mean, needed, f"a true {ask.name}"),
        below=below,
        above=above,
        expects=mean,
        needed=needed,
    )


def _fall(ask: Question, limit: Relative, q: float | None) -> Resolution:
    """A share against the baseline's: a rate, or the share of cases that a quantile speaks of."""
    share = ask.good if q is None else q
    correlation = _correlation(ask.expected)
    margin = 0.0 if q is not None else _margin(ask, limit, share if ask.higher else 1.0 - share)
    if margin < 0.0:
        return _answer(ask, "it asks for better than the baseline: how sure that can be seen is not planned")
    drop = ask.drop if ask.drop is not None and ask.drop > margin else 2.0 * margin or TWO_POINTS
    worse = drops.paired_drop(
        ask.cases, share, correlation, margin=margin, power=ask.power, confidence=CONFIDENCE
    )
    needed = (
        drops.paired_cases(share, drop, correlation, margin=margin, power=ask.power, confidence=CONFIDENCE)
        if drop <= share
        else None
    )
    told = q is None and not ask.rule.population
    unchanged = drops.kept(ask.cases, share, correlation, margin) if told else None
    return _answer(
        ask,
        answers.regression(
            ask,
            worse,
            "share",
            ask.name if q is None else f"the share of cases beyond {ask.rule.metric}'s limit",
        ),
        answers.let_through(unchanged),
        answers.called(drop, needed, "share"),
        can_fail=paired.mcnemar_worse(0, ask.cases, ask.cases, margin) <= ALPHA,
        worse=worse,
        unchanged=unchanged,
        expects=drop,
        needed=needed,
    )


def _move(ask: Question, limit: Relative) -> Resolution:
    """A mean of scores or amounts against the baseline's, by sign flips."""
    spread, unit = _spread_of_moves(ask, limit), ask.metric.unit
    can_fail = 0.5**ask.cases <= ALPHA
    if spread is None:
        said = f"how far the values of {ask.name} spread is not known before a run is stored"
        return _answer(ask, said, can_fail=can_fail)
    margin = _margin(ask, limit, statistics.fmean(ask.expected.values))
    if margin < 0.0:
        return _answer(ask, "it asks for better than the baseline: how sure that can be seen is not planned")
    error = spread / math.sqrt(ask.cases)
    worse = margin + ask.reach * error
    wished = ask.drop if unit == "share" and ask.drop is not None and ask.drop > margin else 2.0 * margin
    needed = _enough(ask, spread, wished - margin)
    unchanged = None if ask.rule.population else NormalDist().cdf(margin / error) if error else 1.0
    return _answer(
        ask,
        answers.regression(ask, worse, unit, ask.name),
        answers.let_through(unchanged),
        answers.called(wished, needed, unit) if wished else "",
        can_fail=can_fail,
        worse=worse,
        unchanged=unchanged,
        expects=wished or None,
        needed=needed,
    )


def _margin(ask: Question, limit: Relative, before: float) -> float:
    """How much worse than the baseline the rule lets a release be, where the baseline is at `before`."""
    allowed = (limit.times - 1.0) * before + limit.plus
    return -allowed if ask.higher else allowed


def _spread_of_moves(ask: Question, limit: Relative) -> float | None:
    """The standard deviation of candidate minus baseline, case by case."""
    values, before = ask.expected.values, ask.expected.before
    if before:
        return statistics.pstdev([now - limit.times * then for now, then in zip(values, before, strict=True)])
    if not values:
        return None
    return statistics.pstdev(values) * math.sqrt(2.0 * (1.0 - ask.expected.correlation))


def _correlation(expected: Expected) -> float:
    """That of two stored runs; as one says where there are none, or one of them is all alike."""
    found = correlation(expected.values, expected.before)
    return expected.correlation if found is None else max(0.0, found)


def correlation(values: Sequence[float], before: Sequence[float]) -> float | None:
    """Pearson's, which of right and wrong is phi; None where one of the two is all alike."""
    if len(set(values)) < 2 or len(set(before)) < 2:
        return None
    return statistics.correlation(values, before)


def _told_from(ask: Question, edge: float) -> tuple[float | None, float | None]:
    """The shares from which on a true one is told from `edge`: the lower, the higher."""
    if not 0.0 < edge < 1.0:
        return None, None
    found = [
        planning.distance_resolved(ask.cases, edge, below=below, power=ask.power, confidence=CONFIDENCE)
        for below in (True, False)
    ]
    return (
        None if found[0] is None else edge - found[0],
        None if found[1] is None else edge + found[1],
    )


def _against_limit(ask: Question, share: float | None, edge: float) -> int | None:
    if share is None or math.isclose(share, edge) or not 0.0 < edge < 1.0:
        return None
    return planning.cases_against_limit(share, edge, power=ask.power, confidence=CONFIDENCE)


def _enough(ask: Question, spread: float, distance: float) -> int | None:
    """How many values with that spread tell such a distance; None where it is none."""
    return max(2, math.ceil((ask.reach * spread / distance) ** 2)) if distance else None


def _answer(
    ask: Question,
    *said: str,
    can_pass: bool = True,
    can_fail: bool = True,
    needed: int | None = None,
    **numbers: float | None,
) -> Resolution:
    lame = "pass" if not can_pass else "fail" if not can_fail else ""
    return Resolution(
        rule=ask.rule.text,
        metric=ask.rule.metric,
        mode=ask.rule.mode,
        cases=ask.cases,
        can_pass=can_pass,
        can_fail=can_fail,
        says=tuple(part for part in (lame and f"it can never {lame} with so few cases", *said) if part),
        needed=needed,
        **numbers,
    )
