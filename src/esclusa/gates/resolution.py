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
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

from esclusa.core.gate import Absolute, Mode, Relative, Rule
from esclusa.core.metric import Metric
from esclusa.core.value import Value
from esclusa.gates import sentences
from esclusa.gates.disparity import alike
from esclusa.gates.estimates import CONFIDENCE, holds, quantile_of
from esclusa.gates.pairs import ALPHA
from esclusa.gates.units import format_difference, format_value
from esclusa.stats import drops, intervals, paired, planning

TWO_POINTS = 0.02
ALWAYS = 0.999


class Expected(Value, frozen=True, kw_only=True):
    """What is known of a metric before a suite is asked."""

    share: float = 0.9
    """Of a rate: the cases that come out as one would wish."""
    correlation: float = 0.6
    """Between two releases, case by case."""
    values: tuple[float, ...] = ()
    """What a stored run measured, by case; of a rate as its hits, 0 or 1."""
    before: tuple[float, ...] = ()
    """The same cases in another run."""


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
    ask = _Asked(rule, metric, cases, expected, power, drop)
    q = quantile_of(rule.estimator)
    if isinstance(rule.limit, Relative):
        share = metric.kind == "rate" or q is not None
        return _fall(ask, rule.limit, q) if share else _move(ask, rule.limit)
    if metric.kind == "swaps":
        return _gap(ask, rule.limit.value)
    if q is not None:
        return _quantile(ask, rule.limit.value, q)
    return _share(ask, rule.limit) if metric.kind == "rate" else _mean(ask, rule.limit.value)


class _Asked(NamedTuple):
    """The question, with what its answers share."""

    rule: Rule
    metric: Metric
    cases: int
    expected: Expected
    power: float
    drop: float | None

    @property
    def reach(self) -> float:
        """So many standard errors from the limit a value is told from it with the power."""
        return intervals.normal_quantile(CONFIDENCE) + NormalDist().inv_cdf(self.power)

    @property
    def higher(self) -> bool:
        """Whether the rule sets a floor."""
        return self.rule.operator in (">", ">=")

    @property
    def often(self) -> str:
        return f"in {format_value(self.power, 'share')} of runs"

    @property
    def name(self) -> str:
        return sentences.name(self.rule, self.metric.unit)

    @property
    def good(self) -> float:
        """The share of cases that come out as wished: as stored, or as one says."""
        if not self.expected.values:
            return self.expected.share
        hits = statistics.fmean(self.expected.values)
        return hits if self.metric.better == "higher" else 1.0 - hits

    @property
    def unit(self) -> str:
        """Of the numbers: a quantile's are shares of the cases."""
        return self.metric.unit if quantile_of(self.rule.estimator) is None else "share"

    def answer(
        self, *said: str, can_pass: bool = True, can_fail: bool = True, **numbers: float | None
    ) -> Resolution:
        lame = "pass" if not can_pass else "fail" if not can_fail else ""
        needed = numbers.pop("needed", None)
        return Resolution(
            rule=self.rule.text,
            metric=self.rule.metric,
            mode=self.rule.mode,
            cases=self.cases,
            can_pass=can_pass,
            can_fail=can_fail,
            says=tuple(part for part in (lame and f"it can never {lame} with so few cases", *said) if part),
            needed=None if needed is None else int(needed),
            **numbers,
        )


def _share(ask: _Asked, limit: Absolute) -> Resolution:
    """A rate against a fixed limit: a count of the cases decides, whatever else one might ask."""
    edge, n = limit.value, ask.cases
    passing = [hits for hits in range(n + 1) if holds(hits / n, ask.rule.operator, edge)]
    below, above = _told_from(ask, edge)
    value = ask.good if ask.metric.better == "higher" else 1.0 - ask.good
    needed = _against_limit(ask, value, edge)
    return ask.answer(
        _passes(passing, n),
        _beyond(ask, below, above, f"a true {ask.name}"),
        _least(ask, edge, *((1.0, above) if ask.higher else (0.0, below))),
        _wanted(ask, value, needed, f"a true {ask.name}"),
        can_pass=bool(passing),
        can_fail=len(passing) <= n,
        below=below,
        above=above,
        expects=value,
        needed=needed,
    )


def _gap(ask: _Asked, limit: float) -> Resolution:
    """Counterfactual pairs, each of two cases; every group has a bound of its own."""
    if not 0.0 < limit < 1.0:
        return ask.answer("no number of pairs tells")
    least = alike(limit)
    return ask.answer(
        f"it passes with {least} or more pairs of each group when all are alike,"
        " and takes more where some differ",
        can_pass=ask.cases >= 2 * least,
    )


def _quantile(ask: _Asked, limit: float, q: float) -> Resolution:
    """A quantile is at most its limit exactly where a share q of the cases is."""
    edge = format_value(limit, ask.metric.unit)
    if q >= 1.0:
        return ask.answer(
            f"one case beyond {edge} decides it, and no number of cases says that none could be"
        )
    below, above = _told_from(ask, q)
    values = ask.expected.values
    share = sum(value <= limit for value in values) / len(values) if values else None
    needed, within = _against_limit(ask, share, q), f"cases within {edge}"
    return ask.answer(
        _beyond(ask, below, above, f"a share of {within}"),
        _least(ask, q, *((0.0, below) if ask.higher else (1.0, above))),
        _wanted(ask, share, needed, f"a share of {within}"),
        below=below,
        above=above,
        expects=share,
        needed=needed,
    )


def _mean(ask: _Asked, limit: float) -> Resolution:
    """A mean of scores or amounts against a fixed limit."""
    values, unit = ask.expected.values, ask.metric.unit
    if not values:
        return ask.answer(f"how far the values of {ask.name} spread is not known before a run is stored")
    spread, mean = statistics.pstdev(values), statistics.fmean(values)
    off = ask.reach * spread / math.sqrt(ask.cases)
    top = 1.0 if unit == "share" else math.inf
    below = limit - off if limit - off >= 0.0 else None
    above = limit + off if limit + off <= top else None
    needed = _enough(ask, spread, mean - limit)
    return ask.answer(
        _beyond(ask, below, above, f"a true {ask.name}"),
        _wanted(ask, mean, needed, f"a true {ask.name}"),
        below=below,
        above=above,
        expects=mean,
        needed=needed,
    )


def _fall(ask: _Asked, limit: Relative, q: float | None) -> Resolution:
    """A share against the baseline's: a rate, or the share of cases that a quantile speaks of."""
    share = ask.good if q is None else q
    correlation = _correlation(ask.expected)
    margin = 0.0 if q is not None else _margin(ask, limit, share if ask.higher else 1.0 - share)
    if margin < 0.0:
        return ask.answer("it asks for better than the baseline: how sure that can be seen is not planned")
    drop = ask.drop if ask.drop is not None and ask.drop > margin else 2.0 * margin or TWO_POINTS
    worse = drops.paired_drop(
        ask.cases, share, correlation, margin=margin, power=ask.power, confidence=CONFIDENCE
    )
    needed = (
        drops.paired_cases(share, drop, correlation, margin=margin, power=ask.power, confidence=CONFIDENCE)
        if drop <= share
        else None
    )
    unchanged = drops.kept(ask.cases, share, correlation, margin) if q is None else None
    return ask.answer(
        _regression(
            ask,
            worse,
            "share",
            ask.name if q is None else f"the share of cases beyond {ask.rule.metric}'s limit",
        ),
        _let_through(unchanged),
        _called(drop, needed, "share"),
        can_fail=paired.mcnemar_worse(0, ask.cases, ask.cases, margin) <= ALPHA,
        worse=worse,
        unchanged=unchanged,
        expects=drop,
        needed=needed,
    )


def _move(ask: _Asked, limit: Relative) -> Resolution:
    """A mean of scores or amounts against the baseline's, by sign flips."""
    spread, unit = _spread_of_moves(ask, limit), ask.metric.unit
    can_fail = 0.5**ask.cases <= ALPHA
    if spread is None:
        said = f"how far the values of {ask.name} spread is not known before a run is stored"
        return ask.answer(said, can_fail=can_fail)
    margin = _margin(ask, limit, statistics.fmean(ask.expected.values))
    if margin < 0.0:
        return ask.answer("it asks for better than the baseline: how sure that can be seen is not planned")
    error = spread / math.sqrt(ask.cases)
    worse = margin + ask.reach * error
    wished = ask.drop if unit == "share" and ask.drop is not None and ask.drop > margin else 2.0 * margin
    needed = _enough(ask, spread, wished - margin)
    unchanged = NormalDist().cdf(margin / error) if error else 1.0
    return ask.answer(
        _regression(ask, worse, unit, ask.name),
        _let_through(unchanged),
        _called(wished, needed, unit) if wished else "",
        can_fail=can_fail,
        worse=worse,
        unchanged=unchanged,
        expects=wished or None,
        needed=needed,
    )


def _margin(ask: _Asked, limit: Relative, before: float) -> float:
    """How much worse than the baseline the rule lets a release be, where the baseline is at `before`."""
    allowed = (limit.times - 1.0) * before + limit.plus
    return -allowed if ask.higher else allowed


def _spread_of_moves(ask: _Asked, limit: Relative) -> float | None:
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


def _told_from(ask: _Asked, edge: float) -> tuple[float | None, float | None]:
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


def _against_limit(ask: _Asked, share: float | None, edge: float) -> int | None:
    if share is None or math.isclose(share, edge) or not 0.0 < edge < 1.0:
        return None
    return planning.cases_against_limit(share, edge, power=ask.power, confidence=CONFIDENCE)


def _enough(ask: _Asked, spread: float, distance: float) -> int | None:
    """How many values with that spread tell such a distance; None where it is none."""
    return max(2, math.ceil((ask.reach * spread / distance) ** 2)) if distance else None


def _beyond(ask: _Asked, below: float | None, above: float | None, what: str) -> str:
    """What is told from the limit beyond the cases that are asked."""
    low = f"{format_value(below, ask.unit)} or less" if below is not None else ""
    high = f"{format_value(above, ask.unit)} or more" if above is not None else ""
    told = " and of ".join(part for part in (low, high) if part)
    if not told:
        return f"{what} is never clear of the limit beyond these cases"
    return f"{what} of {told} is clear of the limit beyond these cases {ask.often}"


def _passes(passing: Sequence[int], n: int) -> str:
    """Which counts of n pass; they have no gap."""
    if not passing:
        return ""
    first, last = passing[0], passing[-1]
    if first == last:
        return f"it passes with {'none' if last == 0 else last} of {n} only"
    return f"it passes with {first} or more of {n}" if last == n else f"it passes with {last} or fewer of {n}"


def _least(ask: _Asked, edge: float, perfect: float, shown: float | None) -> str:
    """How many cases it takes to show at all that a rule with such a limit holds, where these do not: those
    of which the share is `perfect`.
    """
    if shown is not None or not 0.0 < edge < 1.0:
        return ""
    least = planning.cases_against_limit(perfect, edge, power=ask.power, confidence=CONFIDENCE)
    return f"to show at all that it holds beyond them takes {least} cases or more"


def _wanted(ask: _Asked, value: float | None, needed: int | None, what: str) -> str:
    """How many cases tell what is expected."""
    if value is None or needed is None:
        return ""
    return f"for {what} of {format_value(value, ask.unit)} it takes about {needed} cases"


def _regression(ask: _Asked, worse: float | None, unit: str, what: str) -> str:
    if worse is None:
        return "no change to the worse is called a regression often enough"
    turn = "fall" if ask.higher else "rise"
    return f"a {turn} of {what} by {_size(worse, unit)} is called a regression {ask.often}"


def _let_through(unchanged: float | None) -> str:
    if unchanged is None:
        return ""
    return f"a release that is no worse is let through in {_often(unchanged)} of runs"


def _often(chance: float) -> str:
    return "over 99.9 %" if chance > ALWAYS else format_value(chance, "share")


def _called(drop: float, needed: int | None, unit: str) -> str:
    return f"for {_size(drop, unit)} it takes about {needed} cases" if needed is not None else ""


def _size(difference: float, unit: str) -> str:
    return format_difference(difference, unit).removeprefix("+")
