"""Prediction-powered inference: what people would say on average, from a judge's word and some of theirs.

Angelopoulos et al. 2023 (Science 382, arXiv 2301.09633): the judge's mean over all answers, plus its mean
error over labelled ones. It takes the judge to err on the former as it did on the latter, and nothing else.
The tuned form (PPI++, arXiv 2311.01453) is not for this: its estimate leans on the mean of the labels, and
these are of answers that were given before, often by another release.

The intervals of the two parts are put together (MOVER: Zou & Donner 2008) instead of their variances, which
covers too seldom with tens of labels: Wilson's and Tango's where everything is 0 or 1, else by betting.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from esclusa.stats import intervals, paired
from esclusa.stats.intervals import Interval

WHOLE = (0.0, 1.0)


class Corrected(NamedTuple):
    """The mean that people would have found."""

    estimate: float
    interval: Interval
    """Of other answers of the same kind too: both the answers and the labels are a sample."""
    of_labels: Interval
    """Of these very answers: the labels alone are a sample."""
    error: float
    """What was added to the judge's mean."""


def corrected(
    judged: Sequence[float], labels: Sequence[float], said: Sequence[float], confidence: float = 0.95
) -> Corrected:
    """The mean of `judged` as people would have it. `labels` are theirs of other answers, and `said` is what
    the judge says of those, in the same order; all values are in [0, 1]. ValueError without values or labels.
    """
    if not judged or not labels:
        raise ValueError("expected values and labels")
    mean, error = _mean(judged), _mean(labels) - _mean(said)
    around, off = _around(judged, confidence), error_of(labels, said, confidence)
    # The judge's error over these answers is itself a mean of so many, beside that over the labelled ones.
    more = math.sqrt(1.0 + len(labels) / len(judged))
    below = math.hypot(mean - around.low, error - off.low)
    above = math.hypot(around.high - mean, off.high - error)
    return Corrected(
        estimate=_within(mean + error),
        interval=Interval(_within(mean + error - below), _within(mean + error + above)),
        of_labels=Interval(
            _within(mean + error - more * (error - off.low)),
            _within(mean + error + more * (off.high - error)),
        ),
        error=error,
    )


def error_of(labels: Sequence[float], said: Sequence[float], confidence: float = 0.95) -> Interval:
    """How far labels are above what the judge said, on average."""
    if all(value in WHOLE for value in (*labels, *said)):
        gained = sum(label > one for label, one in zip(labels, said, strict=True))
        lost = sum(label < one for label, one in zip(labels, said, strict=True))
        return paired.share_difference(gained, lost, len(labels), confidence)
    moves = [label - one for label, one in zip(labels, said, strict=True)]
    return intervals.mean_bounds(intervals.shuffled(moves), confidence, -1.0, 1.0)


def labels_for(width: float, labels: Sequence[float], said: Sequence[float], confidence: float = 0.95) -> int:
    """About how many labels in all bring the error within `width` of what it is, at the spread that was seen
    (never less than one disagreement would show). `width` is above 0.
    """
    moves = [label - one for label, one in zip(labels, said, strict=True)]
    mean = _mean(moves)
    spread = max(math.fsum((move - mean) ** 2 for move in moves) / len(moves), 1.0 / len(moves) ** 2)
    return math.ceil(spread * (intervals.normal_quantile(confidence) / width) ** 2)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _around(values: Sequence[float], confidence: float) -> Interval:
    if all(value in WHOLE for value in values):
        return intervals.wilson(math.fsum(values), len(values), confidence)
    return intervals.mean_bounds(intervals.shuffled(values), confidence)


def _within(value: float) -> float:
    return max(0.0, min(1.0, value))
