"""Pairs: the same cases under the candidate and under the stable release. Never unpaired.

A difference of two runs is a claim about the agent, not only about the dataset, so it has error control: see
`judge`. Shares are tested by McNemar's exact test, means by sign flips, and quantiles by McNemar's test on
"slower than the limit", which asks whether more cases are beyond it than of the baseline itself. The verdict
rests on the test; the interval beside it (Tango's for shares, stats.bounded for scores, Student's t for
amounts) is another way to look at the same numbers, and can be clear of a margin where the test is not, or
the other way round.
"""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from esclusa.core.gate import Relative, Rule
from esclusa.gates.estimates import CONFIDENCE, Ends, ends, holds, quantile_of, value
from esclusa.gates.samples import Gap, Sample
from esclusa.stats import intervals, paired, planning

ALPHA = (1 - CONFIDENCE) / 2
"""The chance that noise is called a regression: one end of the interval that is shown."""


class Pairs(NamedTuple):
    """A sample and its baseline over the same seen cases, and what the unseen ones could make of them."""

    sample: Sample
    candidate: tuple[float, ...]
    baseline: tuple[float, ...]
    unseen: int
    kindest: tuple[tuple[float, ...], tuple[float, ...]]
    """Candidate and baseline with every unseen value at its best for the candidate."""
    harshest: tuple[tuple[float, ...], tuple[float, ...]]


class Contrast(NamedTuple):
    """Candidate against `limit`, which is the baseline's value with the rule's margin."""

    candidate: float
    baseline: float
    limit: float
    chance: float
    """How likely noise alone makes it look this bad (a p-value)."""
    enough: float
    """How likely noise alone makes one that is beyond the margin look this good."""
    interval: Ends | None
    """Of the candidate's value, on the limit's scale: a mean's is the difference's, moved to the baseline."""
    difference: Ends | None
    """The interval of candidate minus baseline; None for quantiles and factors."""
    gained: int
    lost: int
    needed: int | None
    open: bool = False
    """Whether the unseen cases could put it on either side of the limit."""


def pair(candidate: Sample, baseline: Sample, rule: Rule) -> Pairs | Gap:
    """The cases side by side, or why they cannot be compared."""
    if candidate.subject != baseline.subject:
        return Gap(
            "the stable release was measured on another dataset or with other settings"
            f" ({_cases(baseline)} of {_short(baseline.subject)}, here {_cases(candidate)} of"
            f" {_short(candidate.subject)})",
            "measure the stable release on this dataset, or mark the rule `(warn)` until a release measured"
            " on it is stable",
        )
    if candidate.blocks or baseline.blocks:
        return Gap(
            f"{candidate.step} measured requests under load, which have no counterparts in another run",
            "compare with a fixed limit, or take an eval suite without `load`",
        )
    if not candidate.ids or not baseline.ids:
        return Gap(
            "the cases were not told apart, so they cannot be paired", "record the values of single cases"
        )
    mine, theirs = {*candidate.ids, *candidate.unseen}, {*baseline.ids, *baseline.unseen}
    if mine != theirs and not _gaps_are_errors(candidate):
        return Gap(
            f"the cases differ: {len(mine & theirs)} in both, {len(mine - theirs)} only here,"
            f" {len(theirs - mine)} only in the stable release's evidence",
            "measure the stable release on this dataset, or mark the rule `(warn)` until a release measured"
            " on it is stable",
        )
    if candidate.unit != baseline.unit:
        return Gap(
            f"it is in {candidate.unit} here and in {baseline.unit} at the stable release", "use one unit"
        )
    ours = dict(zip(candidate.ids, candidate.values, strict=True))
    before = dict(zip(baseline.ids, baseline.values, strict=True))
    both = [case for case in candidate.ids if case in before]
    if not both:
        return Gap(f"no case was seen both here and at the stable release{candidate.why_unseen}", "run again")
    # What was not run there, because its gates were settled, is no part of the comparison.
    order = sorted((mine & theirs) - set(baseline.not_run))
    good, bad = (candidate.ceiling, 0.0) if rule.operator in (">", ">=") else (0.0, candidate.ceiling)
    return Pairs(
        sample=candidate,
        candidate=tuple(ours[case] for case in both),
        baseline=tuple(before[case] for case in both),
        unseen=len(order) - len(both),
        kindest=(tuple(ours.get(c, good) for c in order), tuple(before.get(c, bad) for c in order)),
        harshest=(tuple(ours.get(c, bad) for c in order), tuple(before.get(c, good) for c in order)),
    )


def contrast(candidate: Sequence[float], baseline: Sequence[float], rule: Rule, sample: Sample) -> Contrast:
    """The candidate's value against the baseline's, with the rule's margin; `sample`: what they are of."""
    times, plus = _margin(rule)
    mine, theirs = value(candidate, rule.estimator), value(baseline, rule.estimator)
    limit = times * theirs + plus
    test = _tested(candidate, baseline, rule, sample, limit)
    spread = _spread(candidate, baseline, rule, sample, test)
    moves = [_sign(rule) * (c - b) for c, b in zip(candidate, baseline, strict=True)]
    return Contrast(
        candidate=mine,
        baseline=theirs,
        limit=limit,
        chance=test.worse,
        enough=test.enough,
        interval=_moved(spread, times * theirs) if spread else _own_interval(candidate, rule),
        difference=spread if times == 1 else None,
        gained=sum(move > 0 for move in moves),
        lost=sum(move < 0 for move in moves),
        needed=_needed(candidate, baseline, rule, limit),
    )


def outcome(candidate: Sequence[float], baseline: Sequence[float], rule: Rule) -> bool:
    """Whether the rule holds; values may be infinite."""
    times, plus = _margin(rule)
    limit = times * value(baseline, rule.estimator) + plus
    return holds(value(candidate, rule.estimator), rule.operator, limit)


def _tested(
    candidate: Sequence[float], baseline: Sequence[float], rule: Rule, sample: Sample, limit: float
) -> paired.Comparison:
    """The comparison, turned so that higher is better."""
    times, plus = _margin(rule)
    sign = _sign(rule)
    if quantile_of(rule.estimator) is not None:
        return paired.compare_shares(*_within(candidate, baseline, rule, limit), 0.0, CONFIDENCE)
    if sample.binary and times == 1:
        good = [sign * one > sign * 0.5 for one in candidate]
        was_good = [sign * one > sign * 0.5 for one in baseline]
        return paired.compare_shares(good, was_good, -sign * plus, CONFIDENCE)
    return paired.compare_scores(
        [sign * one for one in candidate],
        [sign * times * one for one in baseline],
        -sign * plus,
        CONFIDENCE,
        between=_range(times, sign) if sample.unit == "share" else None,
    )


def _range(times: float, sign: float) -> tuple[float, float]:
    """Where the difference of a share and so many times another lies."""
    return (-times, 1.0) if sign > 0 else (-1.0, times)


def _spread(
    candidate: Sequence[float], baseline: Sequence[float], rule: Rule, sample: Sample, test: paired.Comparison
) -> Ends | None:
    """The interval of candidate minus `times` baseline; None for quantiles, and for amounts that
    moved all alike.
    """
    times, _ = _margin(rule)
    if quantile_of(rule.estimator) is not None:
        return None
    moves = {c - times * b for c, b in zip(candidate, baseline, strict=True)}
    if len(moves) == 1 and sample.unit != "share":
        return None
    span = ends(test.interval)
    if span is None or _sign(rule) > 0:
        return span
    low, high = span
    return (None if high is None else -high, None if low is None else -low)


def _own_interval(candidate: Sequence[float], rule: Rule) -> Ends | None:
    q = quantile_of(rule.estimator)
    return ends(intervals.quantile_interval(candidate, q, CONFIDENCE)) if q is not None and q < 1 else None


def _needed(candidate: Sequence[float], baseline: Sequence[float], rule: Rule, limit: float) -> int | None:
    times, plus = _margin(rule)
    n = len(candidate)
    if quantile_of(rule.estimator) is not None:
        good, was_good = _within(candidate, baseline, rule, limit)
        steps = [float(now) - float(then) for now, then in zip(good, was_good, strict=True)]
        plus = 0.0
    else:
        steps = [c - times * b for c, b in zip(candidate, baseline, strict=True)]
    mean = math.fsum(steps) / n
    return planning.more_values(mean, statistics.pstdev(steps), n, plus, CONFIDENCE) or None


def _within(
    candidate: Sequence[float], baseline: Sequence[float], rule: Rule, limit: float
) -> tuple[list[bool], list[bool]]:
    """Which cases are within the limit: the candidate's, and the baseline's moved by the margin."""
    times, plus = _margin(rule)
    sign = _sign(rule)
    moved = [times * one + plus for one in baseline]
    return [sign * one >= sign * limit for one in candidate], [sign * one >= sign * limit for one in moved]


def _margin(rule: Rule) -> tuple[float, float]:
    """The factor and the addend that the rule puts on the baseline."""
    limit = rule.limit
    return (limit.times, limit.plus) if isinstance(limit, Relative) else (0.0, limit.value)


def _sign(rule: Rule) -> float:
    """1 where higher is better, -1 where lower is."""
    return 1.0 if rule.operator in (">", ">=") else -1.0


def _moved(span: Ends, by: float) -> Ends:
    low, high = span
    return (None if low is None else low + by, None if high is None else high + by)


def _gaps_are_errors(sample: Sample) -> bool:
    """Amounts on one dataset: a case without one is an agent's error, which counts in `error_rate`."""
    return sample.unit != "share" and sample.subject != ""


def _cases(sample: Sample) -> str:
    return f"{len(sample.values) + len(sample.unseen)} cases"


def _short(subject: str) -> str:
    return subject[:12] or "an unnamed dataset"
